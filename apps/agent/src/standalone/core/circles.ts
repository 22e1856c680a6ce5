type Edges = ReadonlyMap<string, readonly string[]>;

/**
 * Those that would wait for each other, over however many in between: each with the whole of its circle, sorted. What
 * is in none is not in the answer. Takes time in proportion to the edges, whoever draws them.
 */
export function circlesIn(edges: Edges): ReadonlyMap<string, readonly string[]> {
  const back = reversed(edges);
  const circles = new Map<string, readonly string[]>();
  const seen = new Set<string>();
  for (const key of lastFirst(edges)) {
    const members = [...reach(key, back, seen)].sort();
    if (members.length > 1) for (const member of members) circles.set(member, members);
  }
  return circles;
}

function reversed(edges: Edges): Edges {
  const back = new Map<string, string[]>();
  for (const [key, others] of edges) {
    for (const other of others) {
      const known = back.get(other);
      if (known) known.push(key);
      else back.set(other, [key]);
    }
  }
  return back;
}

/** All keys that have edges, those first from which a walk comes to an end last. Without recursion: ways may be long. */
function lastFirst(edges: Edges): readonly string[] {
  const ended: string[] = [];
  const seen = new Set<string>();
  for (const start of edges.keys()) {
    const way = seen.has(start) ? [] : [walker(start, edges)];
    seen.add(start);
    for (let at = way.at(-1); at; at = way.at(-1)) {
      const { value: next, done } = at.rest.next();
      if (done) ended.push((way.pop() as Walker).key);
      else if (edges.has(next) && !seen.has(next)) {
        seen.add(next);
        way.push(walker(next, edges));
      }
    }
  }
  return ended.reverse();
}

type Walker = Readonly<{ key: string; rest: Iterator<string, undefined> }>;
const walker = (key: string, edges: Edges): Walker => ({ key, rest: (edges.get(key) ?? []).values() });

/** What can be reached from here and was not seen before; all of it is seen then. */
function reach(start: string, edges: Edges, seen: Set<string>): ReadonlySet<string> {
  const found = new Set(seen.has(start) ? [] : [start]);
  for (const key of found) {
    seen.add(key);
    for (const next of edges.get(key) ?? []) if (!seen.has(next)) found.add(next);
  }
  return found;
}
