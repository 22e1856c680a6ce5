import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Contestant,
  onGround,
  PEER_NAME,
  peerNote,
  startFloor,
  startReloader,
  startStandalone,
} from '../frame/contestants';
import { around } from '../frame/cells';
import type { App } from '../frame/field';
import { inTurn } from '../frame/rounds';
import type { BenchOptions, Outcome, Row, Scenario } from '../frame/scenario';
import { exponent, median, ratios, spread } from '../frame/statistics';
import { fanned, fanOf } from '../peers/floor';

const SIZES = [5, 25, 50, 100];
const FULL_SIZES = [...SIZES, 200, 500];
/** The peer takes 18 s for 100, always the same: it is asked once for each size, and not for more. */
const MOST_FOR_PEER = 100;
const STRANGER = 'stranger';
const STRANGER_AFTER_MS = 30;
const PATIENCE_MS = 60_000;

/** ms from the change of what all use; of the stranger, from its own change. undefined: not all were restarted. */
type FanOut = Readonly<{ first: number; last: number; stranger: number }> | undefined;

/** By program, then by size, then by round. */
type Measured = ReadonlyMap<string, ReadonlyMap<number, readonly FanOut[]>>;

/** One ConfigMap that many use, and one that somebody else uses and that changes meanwhile. */
export const B3: Scenario = {
  id: 'B3',
  title: 'one change to many restarts, and a stranger beside them',
  run: (options: BenchOptions): Promise<Outcome> =>
    onGround(options.say, async (ground) => {
      const sizes = options.full ? FULL_SIZES : SIZES;
      const apps = appsFor(sizes);
      const ours = [await startFloor(ground, apps), await startStandalone(ground, apps)];
      const peer = await startReloader(ground, apps);
      return outcomeOf(sizes, options, await measure({ ours, peer, sizes }, options));
    }),
};

const appsFor = (sizes: readonly number[]): readonly App[] => [
  { name: STRANGER, configMap: STRANGER },
  ...sizes.flatMap((size) => fanned(fanOf(size)).map((name) => ({ name, configMap: fanOf(size) }))),
];

type Cast = Readonly<{ ours: readonly Contestant[]; peer: Contestant; sizes: readonly number[] }>;

async function measure({ ours, peer, sizes }: Cast, options: BenchOptions): Promise<Measured> {
  const rounds = await inTurn(ours, { ...options, turns: 1 }, (arm) => allSizes(arm, sizes));
  options.say(`${peer.name}, once`);
  const peers = await allSizes(
    peer,
    sizes.filter((size) => size <= MOST_FOR_PEER),
  );
  const results = new Map([...rounds].map(([name, turns]) => [name, turns.flat()] as const));
  return new Map(
    [...results, [peer.name, [peers]] as const].map(([name, turns]) => [
      name,
      new Map(sizes.map((size) => [size, turns.map((turn) => turn.get(size))])),
    ]),
  );
}

async function allSizes(arm: Contestant, sizes: readonly number[]): Promise<ReadonlyMap<number, FanOut>> {
  const results = new Map<number, FanOut>();
  for (const size of sizes) results.set(size, await fanOut(arm, size));
  return results;
}

async function fanOut({ field }: Contestant, size: number): Promise<FanOut> {
  const users = field.nextRestarts(fanned(fanOf(size)), PATIENCE_MS);
  const stranger = field.nextRestarts([STRANGER], PATIENCE_MS);
  const writing = field.write(fanOf(size));
  await sleep(STRANGER_AFTER_MS);
  const strangerSent = await field.write(STRANGER);
  const sent = await writing;
  const [seen, strangers] = await Promise.all([users, stranger]);
  await field.settled();
  const strangerSeen = strangers.get(STRANGER);
  if (seen.size < size || strangerSeen === undefined) return undefined;
  const times = [...seen.values()].map((at) => at - sent);
  return { first: Math.min(...times), last: Math.max(...times), stranger: strangerSeen - strangerSent };
}

function outcomeOf(sizes: readonly number[], { rounds }: BenchOptions, measured: Measured): Outcome {
  const series = (arm: string, size: number, of: keyof NonNullable<FanOut>): number[] =>
    (measured.get(arm)?.get(size) ?? []).flatMap((result) => result?.[of] ?? []);
  const last = (arm: string, size: number): number[] => series(arm, size, 'last');
  const strangers = (arm: string, size: number): number[] => series(arm, size, 'stranger');
  const k = exponent(sizes.map((n) => ({ n, cost: median(last('standalone', n)) })));
  const missed = [...measured].flatMap(([arm, bySize]) =>
    [...bySize].flatMap(([size, results]) =>
      results.some((one) => one === undefined) && (arm !== PEER_NAME || size <= MOST_FOR_PEER)
        ? [`${arm}: not all of ${size}, or not the stranger, were restarted in ${PATIENCE_MS / 1000} s`]
        : [],
    ),
  );
  return {
    rows: [
      ...sizes.map((size) => lastRow(size, last)),
      ...sizes.map((size) => strangerRow(size, strangers)),
      {
        ...{ measure: 'exponent of the time over the number', ours: k.toFixed(2), peer: '', floor: '', ratio: '' },
        ...{ target: '≤ 1.05', met: k <= 1.05 },
      },
    ],
    notes: [
      `One ConfigMap that so many Deployments use is changed, and ${STRANGER_AFTER_MS} ms later another that one other Deployment uses; ${rounds} rounds, of the peer one.`,
      peerNote(),
      'The floor sends all PATCHes at once over 32 connections; the agent has 8 under way at most, in turns by source.',
      'Standalone with --coalesce=0s. Restarts end at once: the benchmark writes the status of each Deployment.',
    ],
    missed,
  };
}

type Series = (arm: string, size: number) => number[];

const cell = (values: readonly number[]): string => (values.length === 0 ? '' : around(spread(values)));

function lastRow(size: number, of: Series): Row {
  const [ours, floor, peer] = [of('standalone', size), of('floor', size), of(PEER_NAME, size)];
  const faster = median(peer) / median(ours);
  const least = size >= 100 ? 40 : size >= 50 ? 30 : null;
  const target = least === null || peer.length === 0 ? null : least;
  return {
    measure: `last of ${size} restarted, ms`,
    ours: cell(ours),
    peer: cell(peer),
    floor: cell(floor),
    ratio: peer.length === 0 ? `${ratioOf(ours, floor)} × floor` : `${faster.toFixed(0)} × faster`,
    target: target === null ? '' : `≥ ${target} × faster than the peer`,
    met: target === null ? null : faster >= target,
  };
}

const ratioOf = (ours: readonly number[], floor: readonly number[]): string => median(ratios(ours, floor)).toFixed(2);

function strangerRow(size: number, of: Series): Row {
  const [ours, floor, peer] = [of('standalone', size), of('floor', size), of(PEER_NAME, size)];
  const ratio = median(ratios(ours, floor));
  return {
    measure: `a stranger beside ${size}, ms`,
    ours: cell(ours),
    peer: cell(peer),
    floor: cell(floor),
    ratio: ratio.toFixed(2),
    target: '≤ 2 × floor',
    met: ratio <= 2,
  };
}
