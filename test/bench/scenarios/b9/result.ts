import type { Outcome, Row } from '../../frame/scenario';
import { median } from '../../frame/statistics';
import type { Limited } from './bull';
import type { Writes } from './floor';
import { mostIn } from './windows';

/** So many in any window of so much time, which is what all of them are told to keep. */
export const MOST = 100;
export const WINDOW_MS = 200;
/** Every window of 200 ms holds 400 × 0.2 + 20 = 100 at most; every second of a cluster 8 + 2 = 10. */
export const SETTING = {
  shared: { scope: 'global', rate: '400/s', burst: 20 },
  perCluster: { scope: 'cluster', rate: '8/s', burst: 2 },
  clusters: 200,
} as const;
const PER_CLUSTER = 10;

export type Measured = Readonly<{
  shared: Limited[];
  clusters: (readonly Limited[])[];
  bull: Limited[];
  writes: Writes[];
}>;

const MOST_US = 10;
const LEAST_USED = 98;

export function asTable({ shared, clusters, bull, writes }: Measured, forMs: number): Outcome {
  const every = clusters.flat();
  const usedOf = (runs: readonly Limited[], perSecond: number, burst: number): number =>
    median(runs.map(({ instants }) => (100 * Math.max(0, instants.length - burst)) / (perSecond * (forMs / 1000) - 1)));
  const most = (runs: readonly Limited[], length: number): number =>
    Math.max(...runs.map(({ instants }) => mostIn(instants, length)));
  const cost = (runs: readonly Limited[]): number =>
    median(runs.filter(({ decisions }) => decisions > 0).map(({ spent, decisions }) => spent.us / decisions));
  const floor = median(writes.map(({ spent, count }) => spent.us / count));
  const peer = most(bull, WINDOW_MS);
  const ours = most(shared, WINDOW_MS);
  const inCluster = most(every, 1000);
  return {
    rows: [
      atMost(`most in any ${WINDOW_MS} ms, of ${MOST}`, { ours, peer, most: MOST + 1 }),
      atMost(`most in any second of a cluster, of ${PER_CLUSTER}`, { ours: inCluster, most: PER_CLUSTER + 1 }),
      used('used of the shared limit', usedOf(shared, 400, 20), usedOf(bull, (MOST * 1000) / WINDOW_MS, 0)),
      used('used of the limits of 200 clusters', usedOf(every, 8, 2)),
      costs('Redis per decision, one asked at a time', { ours: cost(shared), peer: cost(bull), floor }),
      costs('Redis per decision, 200 clusters', { ours: cost(every) }),
    ],
    notes: [
      `Two hubs ask for ${forMs / 1000} s for as much as they may have, with the script that writes rollouts: ` +
        'locks, slots, three buckets and the line are looked at for each, and when it began is written.',
      'Times are those that the store noted; the window of a limit is its rate and its burst: 400/s with 20, 8/s with 2; what is used is counted without the first burst, and without the one that comes due as the time is over.',
      'The peer is the limiter of BullMQ, 100 per 200 ms, two workers with 50 at a time; times of its jobs are when they began.',
      'Redis: the processor time of its main thread; it writes its log to disk at every write.',
      'The floor is one SET at a time, which that write to disk makes up; many decisions in one call share it.',
    ],
    missed: [
      ...(ours > MOST + 1 ? [`a window held ${ours} of ${MOST}`] : []),
      ...(inCluster > PER_CLUSTER + 1 ? [`a second of a cluster held ${inCluster} of ${PER_CLUSTER}`] : []),
    ],
  };
}

const NO_FLOOR = { floor: '', ratio: '' };

function atMost(measure: string, seen: Readonly<{ ours: number; peer?: number; most: number }>): Row {
  const { ours, peer, most } = seen;
  const target = `≤ ${most}`;
  return { measure, ours: String(ours), peer: String(peer ?? ''), ...NO_FLOOR, target, met: ours <= most };
}

function used(measure: string, ours: number, peer?: number): Row {
  const text = (share: number | undefined): string => (share === undefined ? '' : `${share.toFixed(1)} %`);
  return { measure, ours: text(ours), peer: text(peer), ...NO_FLOOR, target: '≥ 98 %', met: ours >= LEAST_USED };
}

function costs(measure: string, seen: Readonly<{ ours: number; peer?: number; floor?: number }>): Row {
  const { ours, peer, floor } = seen;
  const text = (us: number | undefined): string => (us === undefined ? '' : `${us.toFixed(1)} µs`);
  const ratio = floor === undefined ? '' : (ours / floor).toFixed(2);
  return {
    measure,
    ours: text(ours),
    peer: text(peer),
    floor: text(floor),
    ratio,
    target: '≤ 10 µs',
    met: ours <= MOST_US,
  };
}
