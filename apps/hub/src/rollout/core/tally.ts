import type { Rollout, Target, Wave } from './model';
import { isHalfway, keepsSlot } from './slots';
import { isFailing, isOpen, own, withTargets } from './state';

/** How the targets of one wave stand, in numbers. */
export type WaveTally = Readonly<{
  /** The wave can not end before these: neither over nor deferred. */
  open: number;
  /** Places of the wave that are not free: in flight, or half-way. */
  taken: number;
  /** Of the pending, those half-way: they have a place already. */
  placed: number;
  /** Waiting, and as far as was known when they were looked at only for a slot. */
  pending: number;
  /** Of the pending, those that were dispatched before: they go first. */
  again: number;
  failing: readonly string[];
  /** Nobody before this place in the wave's order is pending. */
  from: number;
}>;

const NOBODY: WaveTally = { open: 0, taken: 0, placed: 0, pending: 0, again: 0, failing: [], from: 0 };

type Tally = Readonly<Record<string, WaveTally>>;

/**
 * What was counted holds for as long as the objects live: state is never changed in place. Only a memory: a state that
 * was read from the store is counted anew, with the same result.
 */
const counted = new WeakMap<Rollout['targets'], Tally>();

/** The numbers of a wave; from memory when they were counted, or carried on by `putTargets`. */
export const tallyOf = (rollout: Rollout, wave: string): WaveTally => own(tallies(rollout), wave) ?? NOBODY;

function tallies({ targets }: Rollout): Tally {
  const known = counted.get(targets);
  if (known !== undefined) return known;
  const fresh = recount(targets.all());
  counted.set(targets, fresh);
  return fresh;
}

/** Counts from nothing. */
export function recount(targets: readonly Target[]): Tally {
  const waves = new Map<string, Target[]>();
  for (const target of targets) {
    const members = waves.get(target.wave);
    if (members === undefined) waves.set(target.wave, [target]);
    else members.push(target);
  }
  return Object.fromEntries([...waves].map(([name, members]) => [name, members.reduce(plus, NOBODY)]));
}

/**
 * As `withTargets`, for a few targets that stay in their waves: the numbers are carried on, so that the cost does not
 * grow with how often the rollout has moved.
 */
export function putTargets(rollout: Rollout, changed: readonly Target[]): Rollout {
  if (changed.length === 0) return rollout;
  const next = withTargets(rollout, changed);
  const tally: Record<string, WaveTally> = { ...tallies(rollout) };
  for (const target of changed) {
    const was = rollout.targets.get(target.cluster);
    const before = own(tally, target.wave) ?? NOBODY;
    tally[target.wave] = plus(was === undefined ? before : minus(before, was), target);
  }
  counted.set(next.targets, tally);
  return next;
}

const plus = (tally: WaveTally, target: Target): WaveTally => {
  const sum = moved(tally, target, 1);
  return isFailing(target) ? { ...sum, failing: [...tally.failing, target.cluster] } : sum;
};

const minus = (tally: WaveTally, target: Target): WaveTally => {
  const rest = moved(tally, target, -1);
  if (!isFailing(target)) return rest;
  return { ...rest, failing: tally.failing.filter((cluster) => cluster !== target.cluster) };
};

function moved(tally: WaveTally, target: Target, by: 1 | -1): WaveTally {
  const pending = isPending(target);
  const of = (counts: boolean): number => (counts ? by : 0);
  return {
    open: tally.open + of(isOpen(target) && target.phase !== 'Deferred'),
    taken: tally.taken + of(keepsSlot(target)),
    placed: tally.placed + of(pending && isHalfway(target)),
    pending: tally.pending + of(pending),
    again: tally.again + of(pending && target.attempt > 0),
    failing: tally.failing,
    from: by > 0 && pending ? 0 : tally.from,
  };
}

const isPending = ({ phase }: Target): boolean => phase === 'Pending';

/**
 * The first pending targets of the wave in the order of dispatch. Found again faster next time: what was passed over is
 * not looked at again until something of the wave is pending anew.
 */
export function nextPending(rollout: Rollout, { name, clusters }: Wave, most: number): readonly Target[] {
  const found: Target[] = [];
  const tally = tallyOf(rollout, name);
  let from: number | null = null;
  for (let at = tally.from; at < clusters.length && found.length < most; at++) {
    const target = rollout.targets.get(clusters[at] ?? '');
    if (target === undefined || !isPending(target)) continue;
    from ??= at;
    found.push(target);
  }
  const reached = from ?? (most > 0 ? clusters.length : tally.from);
  counted.set(rollout.targets, { ...tallies(rollout), [name]: { ...tally, from: reached } });
  return found;
}
