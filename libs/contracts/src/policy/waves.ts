import type { PolicyProblem } from './problems';
import type { PolicySpec, WaveSpec } from './schema';

/** What a schema can not say about waves: unique names, dependencies that exist and do not go in circles, one `rest`. */
export function waveProblems(spec: PolicySpec): PolicyProblem[] {
  const waves = spec.waves ?? [];
  const names = new Set(waves.map((wave) => wave.name));
  const rests = waves.flatMap((wave, index) => (wave.clusters.rest ? [index] : []));
  return [
    ...waves.flatMap((wave, index) => duplicate(waves, wave, index)),
    ...waves.flatMap((wave, index) => missing(wave, index, names)),
    ...rests.slice(1).map((index) => at(index, 'clusters/rest', 'DUPLICATE_REST', 'only one wave can take the rest')),
    ...cycle(waves),
  ];
}

const at = (index: number, field: string, code: string, detail: string): PolicyProblem => ({
  pointer: `/spec/waves/${index}/${field}`,
  code,
  detail,
});

function duplicate(waves: readonly WaveSpec[], wave: WaveSpec, index: number): PolicyProblem[] {
  const first = waves.findIndex((other) => other.name === wave.name);
  return first === index
    ? []
    : [at(index, 'name', 'DUPLICATE_NAME', `wave ${first} has the name "${wave.name}" already`)];
}

function missing(wave: WaveSpec, index: number, names: ReadonlySet<string>): PolicyProblem[] {
  return (wave.dependsOn ?? []).flatMap((name, position) =>
    names.has(name) ? [] : [at(index, `dependsOn/${position}`, 'UNKNOWN_WAVE', `there is no wave "${name}"`)],
  );
}

function cycle(waves: readonly WaveSpec[]): PolicyProblem[] {
  const edges = new Map<string, readonly string[]>();
  for (const [index, wave] of waves.entries())
    if (!edges.has(wave.name)) edges.set(wave.name, dependenciesOf(wave, waves[index - 1]));
  const path = findCycle(edges);
  if (!path) return [];
  const index = waves.findIndex((wave) => wave.name === path[0]);
  return [at(index, 'dependsOn', 'CYCLE', `waves wait for each other: ${path.join('>')}`)];
}

/** Without `dependsOn` a wave waits for the one before it. */
export const dependenciesOf = (wave: WaveSpec, before: Pick<WaveSpec, 'name'> | undefined): readonly string[] =>
  wave.dependsOn ?? (before ? [before.name] : []);

/** A closed path in a graph of names, from its first member back to it; undefined when there is none. */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) return [...path.slice(seenAt), name];
    if (done.has(name)) return undefined;
    for (const next of edges.get(name) ?? []) {
      const found = visit(next, [...path, name]);
      if (found) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of edges.keys()) {
    const found = visit(name, []);
    if (found) return found;
  }
  return undefined;
}
