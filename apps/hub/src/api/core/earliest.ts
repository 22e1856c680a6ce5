import type { ResolvedGate } from '@app/contracts/policy/resolved';
import { nextTime } from '../../rollout/core/gate-schedule';
import type { Instant } from '../../rollout/core/model';

type TimedTarget = Readonly<{ cluster: string; workloads: readonly Readonly<{ after: readonly string[] }>[] }>;
type TimedWave = Readonly<{
  name: string;
  dependsOn: readonly string[];
  maxConcurrency: number;
  soakMs: number;
  gates: readonly ResolvedGate[];
  targets: readonly TimedTarget[];
}>;

/** What one restart is taken to last in an estimate; how long it really takes is known only afterwards. */
export const RESTART_ESTIMATE_MS = 60_000;

/** When a wave can start, and when it is likely to be over, its soak not counted. null: no such time is known. */
export type WaveTimes = Readonly<{
  /** By cluster, no sooner: restarts and people take no time here, soaks take theirs, windows and gates have to open. */
  earliest: Readonly<Record<string, Instant | null>>;
  /** The last of those. */
  through: Instant | null;
  /** The same with restarts that last `RESTART_ESTIMATE_MS`, as many at a time as the wave takes; not behind approvals. */
  startsAt: Instant | null;
  endsAt: Instant | null;
}>;

/** The first instant from the given one on at which the windows of a cluster let something start; null: none is known. */
export type Opens = (cluster: string, from: Instant) => Instant | null;

const always: Opens = (_cluster, from) => from;

/** By wave name. A wave without targets takes no time, and does not soak. */
export function waveTimes(
  waves: readonly TimedWave[],
  now: Instant,
  opens: Opens = always,
): ReadonlyMap<string, WaveTimes> {
  const known = new Map<string, Known>();
  for (const wave of waves) {
    const before = wave.dependsOn.flatMap((name) => known.get(name) ?? []);
    const after = (time: (times: WaveTimes) => Instant | null, isApproved: boolean): Instant | null => {
      const ends = before.map((one) => soaked(one.wave, { isApproved, from: time(one.times) }));
      return past(wave, { side: 'before', isApproved, from: latest([now, ...ends]) });
    };
    const turn = after(({ through }) => through, true);
    const begin = after(({ endsAt }) => endsAt, false);
    known.set(wave.name, { wave, times: timesOf(wave, opens, { turn, begin }) });
  }
  return new Map(Array.from(known, ([name, { times }]) => [name, times]));
}

type Known = Readonly<{ wave: TimedWave; times: WaveTimes }>;
/** `isApproved`: people approve at once; else nobody knows when they do. */
type Ready = Readonly<{ isApproved: boolean; from: Instant | null }>;
type Passing = Readonly<Ready & { side: ResolvedGate['side'] }>;

/** When the gates of one side of a wave, which open together, let it through; those of an empty wave are not asked. */
function past({ gates, targets }: TimedWave, { side, isApproved, from }: Passing): Instant | null {
  if (from === null || targets.length === 0) return from;
  const times = gates.filter((gate) => gate.side === side).map((gate) => passedAt(gate, from, isApproved));
  return latest([from, ...times]);
}

function passedAt(gate: ResolvedGate, from: Instant, isApproved: boolean): Instant | null {
  switch (gate.type) {
    case 'approval':
      return isApproved ? from : null;
    case 'schedule':
      return nextTime(gate.at, gate.zone, from);
    case 'wait':
      return from + gate.forMs;
  }
}

/** When the soak of a wave and its gates, which open together, are over. */
const soaked = (wave: TimedWave, { isApproved, from }: Ready): Instant | null =>
  latest([from === null ? null : from + soakOf(wave), past(wave, { side: 'after', isApproved, from })]);

type Turn = Readonly<{ turn: Instant | null; begin: Instant | null }>;

function timesOf(wave: TimedWave, opens: Opens, { turn, begin }: Turn): WaveTimes {
  const openings = (from: Instant | null): readonly (readonly [string, Instant | null])[] =>
    wave.targets.map(({ cluster }) => [cluster, from === null ? null : opens(cluster, from)]);
  const earliest = openings(turn);
  const starts = openings(begin).map(([, time]) => time);
  const last = latest([begin, ...starts]);
  return {
    earliest: Object.fromEntries(earliest),
    through: latest([turn, ...earliest.map(([, time]) => time)]),
    startsAt: starts.length === 0 ? begin : soonest(starts),
    endsAt: last === null ? null : last + lengthOf(wave),
  };
}

/** Not known as soon as one is not. */
const latest = (times: readonly (Instant | null)[]): Instant | null =>
  times.reduce((last, time) => (last === null || time === null ? null : Math.max(last, time)), 0);

function soonest(times: readonly (Instant | null)[]): Instant | null {
  const known = times.flatMap((time) => time ?? []);
  return known.length === 0 ? null : Math.min(...known);
}

const soakOf = (wave: TimedWave): number => (wave.targets.length === 0 ? 0 : wave.soakMs);

/** Clusters go in batches; in a cluster that orders its workloads one restart waits for another. */
function lengthOf({ targets, maxConcurrency }: TimedWave): number {
  const batches = Math.ceil(targets.length / Math.max(1, maxConcurrency));
  const steps = targets.some(({ workloads }) => workloads.some(({ after }) => after.length > 0)) ? 2 : 1;
  return batches * steps * RESTART_ESTIMATE_MS;
}
