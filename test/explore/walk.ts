import { hash } from 'node:crypto';
import { brokenIn, forgotten, judging, lost } from './checks';
import { start } from './fleets';
import { goodWay, healed } from './heal';
import type { Watch } from './hub';
import { movesOf } from './moves';
import type { Fleet, World } from './world';

export type Walked = Readonly<{
  title: string;
  states: number;
  moves: number;
  /** Of the way on which nothing goes wrong. */
  goodWay: number;
  /** Steps from that way, of the farthest state. */
  depth: number;
  /** Whether everything that can happen was looked at, rather than as much as was asked for. */
  whole: boolean;
  healed: number;
  /** null: nothing was ever broken. */
  counterexample: Readonly<{ broken: readonly string[]; path: readonly string[] }> | null;
}>;

/** From every so many states nothing goes wrong any more, and all must come to a good end. */
const HEAL_EVERY = 100;

/** Every state is remembered as its digest, with the way to it. */
class Memory {
  private readonly seen = new Set<string>();
  private readonly from: number[] = [];
  private readonly by: string[] = [];

  /** Its number; null: it is known. */
  add(digest: string, from: number, by: string): number | null {
    if (this.seen.has(digest)) return null;
    this.seen.add(digest);
    this.from.push(from);
    this.by.push(by);
    return this.from.length - 1;
  }

  get size(): number {
    return this.from.length;
  }

  pathTo(state: number): readonly string[] {
    const path: string[] = [];
    for (let at = state; at > 0; at = this.from[at] ?? 0) path.push(this.by[at] ?? '');
    return path.reverse();
  }
}

/** All that is not in a cluster, as text. */
export const outsideOf = ({ at, rollouts, wakeAt, down, up }: World): string =>
  JSON.stringify([
    at,
    wakeAt,
    rollouts.map(({ spec: _spec, cause: _cause, ...rest }) => rest),
    down.map(({ id }) => id),
    up.map(({ id }) => id),
  ]);

const digestOf = (world: World, outside: string): string =>
  hash('sha1', outside + JSON.stringify([world.sites, [...world.ready].sort(), world.left]), 'base64').slice(0, 16);

/**
 * Breadth-first over everything that may happen, until so many different states were seen. It sets out from every point
 * of the way on which nothing goes wrong: wide as it is, it would else not get beyond the first wave.
 */
export function walk(fleet: Fleet, most: number): Walked {
  return new Walk(fleet, most).run();
}

type Place = Readonly<{ state: number; world: World }>;

class Walk {
  private readonly broken: string[] = [];
  private readonly watch: Watch;
  private readonly memory = new Memory();
  private moves = 0;
  private depth = 0;
  private healed = 0;
  private goodWay = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly most: number,
  ) {
    this.watch = judging(fleet.rules, this.broken);
  }

  run(): Walked {
    let frontier = this.setOut();
    while (frontier.length > 0) {
      const next: Place[] = [];
      for (const place of frontier) {
        const path = this.goOn(place, next);
        if (path !== null) return this.result(false, path);
        if (this.memory.size >= this.most) return this.result(false, null);
      }
      this.depth += next.length > 0 ? 1 : 0;
      frontier = next;
    }
    return this.result(true, null);
  }

  /** The points of the good way, which are states too. */
  private setOut(): readonly Place[] {
    const first = start(this.fleet, this.watch);
    const places: Place[] = [];
    for (const { by, world } of [{ by: '', world: first }, ...goodWay(first, this.fleet.rules, this.watch)]) {
      const state = this.memory.add(digestOf(world, outsideOf(world)), this.memory.size - 1, by);
      if (state !== null) places.push({ state, world });
    }
    this.goodWay = places.length;
    return places;
  }

  /** Every move from here; the path to what is broken, or null. */
  private goOn({ state: from, world }: Place, next: Place[]): readonly string[] | null {
    for (const { name, make } of movesOf(world, this.fleet.rules)) {
      const after = make(this.watch);
      this.moves += 1;
      const outside = outsideOf(after);
      this.broken.push(...brokenIn(after, outside));
      if (this.broken.length > 0) return [...this.memory.pathTo(from), name];
      const state = this.memory.add(digestOf(after, outside), from, name);
      if (state === null) continue;
      next.push({ state, world: after });
      if (state % HEAL_EVERY !== 0) continue;
      this.healed += 1;
      const end = healed(after, this.fleet.rules, this.watch);
      this.broken.push(...lost(end), ...forgotten(after, end, this.fleet.budget));
      if (this.broken.length > 0) return this.memory.pathTo(state);
    }
    return null;
  }

  private result(whole: boolean, path: readonly string[] | null): Walked {
    const { moves, depth, goodWay, memory, broken } = this;
    const counterexample = path && { broken: [...broken], path };
    const counts = { states: memory.size, moves, goodWay, depth, healed: this.healed };
    return { title: this.fleet.title, ...counts, whole, counterexample };
  }
}

/** The same way once more, watched. */
export function replay(fleet: Fleet, path: readonly string[], watch: Watch, then: (world: World) => World): World {
  let world = start(fleet, watch);
  for (const name of path) {
    const move = movesOf(world, fleet.rules).find((each) => each.name === name);
    if (move === undefined) throw new Error(`there is no move ${name}`);
    world = move.make(watch);
  }
  return then(world);
}
