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
import { cpuMs } from '../frame/processes';
import type { BenchOptions, Outcome, Row, Scenario } from '../frame/scenario';
import { median } from '../frame/statistics';
import { appsOf } from '../frame/site';

const APPS = appsOf(50);
const SECONDS = { usual: 5, full: 30 };
const RATES = { usual: [10, 50, 100], full: [10, 50, 100, 200] };
/** The peer falls behind from 20 a second on, and stays behind for minutes. */
const MOST_FOR_PEER = { usual: 50, full: 100 };
const WINDOW_MS = 500;
const COALESCING = 'coalescing';
/** Nothing was restarted for so long: what was to come has come. */
const QUIET_MS = 1_500;
const PATIENCE_MS = 60_000;
const MOST_ROUNDS = 3;

/** `lagMs`: from the last change to the last restart. `missed`: Deployments that run without their last change. */
type Burst = Readonly<{
  changes: number;
  restarts: number;
  lagMs: number;
  cpuMs: number;
  missed: number;
  took: number;
}>;
type Plan = Readonly<{ rates: readonly number[]; seconds: number; mostForPeer: number }>;

/** By program, then by rate: one for each round. */
type Measured = ReadonlyMap<string, ReadonlyMap<number, readonly Burst[]>>;

/** Changes at a steady pace, over many ConfigMaps: does it keep up? */
export const B2: Scenario = {
  id: 'B2',
  title: 'many changes a second',
  run: (options: BenchOptions): Promise<Outcome> =>
    onGround(options.say, async (ground) => {
      const size = options.full ? 'full' : 'usual';
      const plan = { rates: RATES[size], seconds: SECONDS[size], mostForPeer: MOST_FOR_PEER[size] };
      const arms = [
        await startFloor(ground, APPS),
        await startStandalone(ground, APPS),
        await startStandalone(ground, APPS, { name: COALESCING, args: [`--coalesce=${WINDOW_MS}ms`] }),
        await startReloader(ground, APPS),
      ];
      return outcomeOf(plan, await measure(arms, plan, options));
    }),
};

async function measure(arms: readonly Contestant[], plan: Plan, options: BenchOptions): Promise<Measured> {
  const measured = new Map(arms.map(({ name }) => [name, new Map<number, Burst[]>()]));
  for (let round = 0; round < Math.min(MOST_ROUNDS, options.rounds); round += 1) {
    for (const rate of plan.rates) {
      options.say(`round ${round + 1}, ${rate} a second`);
      for (const arm of arms.filter(({ name }) => takesPart(name, rate, round, plan))) {
        const bursts = measured.get(arm.name);
        bursts?.set(rate, [...(bursts.get(rate) ?? []), await burst(arm, rate, plan.seconds)]);
      }
    }
  }
  return measured;
}

const takesPart = (name: string, rate: number, round: number, { mostForPeer }: Plan): boolean =>
  name !== PEER_NAME || (round === 0 && rate <= mostForPeer);

async function burst({ field, pid }: Contestant, rate: number, seconds: number): Promise<Burst> {
  const before = { restarts: field.restarts, cpu: cpuMs(pid), at: performance.now() };
  const sent = new Map<string, number>();
  const writing: Promise<unknown>[] = [];
  const changes = rate * seconds;
  for (let change = 0; change < changes; change += 1) {
    await sleep(Math.max(0, before.at + (change * 1000) / rate - performance.now()));
    const name = APPS[change % APPS.length]?.name ?? '';
    sent.set(name, performance.now());
    writing.push(field.write(name));
  }
  await Promise.all(writing);
  const sentLast = Math.max(...sent.values());
  await untilQuiet(() => Math.max(sentLast, ...field.restartedAt.values()), sentLast + PATIENCE_MS);
  await field.settled();
  return {
    changes,
    restarts: field.restarts - before.restarts,
    lagMs: Math.max(0, Math.max(...field.restartedAt.values()) - sentLast),
    cpuMs: cpuMs(pid) - before.cpu,
    missed: [...sent].filter(([name, at]) => (field.restartedAt.get(name) ?? 0) < at).length,
    took: (sentLast - before.at) / 1000,
  };
}

async function untilQuiet(lastAt: () => number, deadline: number): Promise<void> {
  while (performance.now() < deadline && performance.now() - lastAt() < QUIET_MS) await sleep(50);
}

function outcomeOf({ rates, seconds, mostForPeer }: Plan, measured: Measured): Outcome {
  const of = (arm: string, rate: number, what: (burst: Burst) => number): number =>
    median((measured.get(arm)?.get(rate) ?? []).map(what));
  return {
    rows: [
      ...rates.flatMap((rate) => [lagRow(rate, of), restartsRow(rate, of)]),
      ...rates.map((rate) => cpuRow(rate, of)),
      ...rates.map((rate) => coalescedRow(rate, seconds, of)),
    ],
    notes: [
      `${APPS.length} ConfigMaps with one Deployment each, changed in turn at this pace for ${seconds} s; lag is from the last change to the last restart.`,
      `${peerNote()} It is asked up to ${mostForPeer} a second, once; what it still had to do ${PATIENCE_MS / 1000} s after the last change counts as missed.`,
      `Standalone with --coalesce=0s: what changes again while its restart is under way is restarted once more, for all of that.`,
      `Coalescing: the same with --coalesce=${WINDOW_MS}ms.`,
    ],
    missed: [...measured].flatMap(([arm, byRate]) =>
      [...byRate].flatMap(([rate, bursts]) => missedOf(arm, rate, bursts)),
    ),
  };
}

const missedOf = (arm: string, rate: number, bursts: readonly Burst[]): string[] =>
  arm !== PEER_NAME && bursts.some(({ missed }) => missed > 0)
    ? [`${arm}: the last changes of ${Math.max(...bursts.map(({ missed }) => missed))} Deployments at ${rate} a second`]
    : [];

type Of = (arm: string, rate: number, what: (burst: Burst) => number) => number;

const cell = (value: number, digits: number): string => (Number.isNaN(value) ? '' : value.toFixed(digits));

function lagRow(rate: number, of: Of): Row {
  const lag = ({ lagMs }: Burst): number => lagMs / 1000;
  const [ours, floor, peer] = [of('standalone', rate, lag), of('floor', rate, lag), of(PEER_NAME, rate, lag)];
  const most = rate <= 50 ? 0.1 : rate <= 100 ? 0.5 : null;
  return {
    measure: `lag after ${rate} a second, s`,
    ours: cell(ours, 3),
    peer: cell(peer, 3),
    floor: cell(floor, 3),
    ratio: '',
    target: most === null ? '' : `≤ ${most} s`,
    met: most === null ? null : ours <= most,
  };
}

function restartsRow(rate: number, of: Of): Row {
  const share = ({ restarts, changes }: Burst): number => restarts / changes;
  const [ours, floor, peer] = [of('standalone', rate, share), of('floor', rate, share), of(PEER_NAME, rate, share)];
  return {
    measure: `restarts per change at ${rate} a second`,
    ours: cell(ours, 2),
    peer: cell(peer, 2),
    floor: cell(floor, 2),
    ratio: '',
    target: '≤ 1.00',
    met: ours <= 1,
  };
}

function cpuRow(rate: number, of: Of): Row {
  const each = ({ cpuMs: ms, restarts }: Burst): number => ms / restarts;
  const [ours, floor, peer] = [of('standalone', rate, each), of('floor', rate, each), of(PEER_NAME, rate, each)];
  return {
    measure: `own processor time per restart at ${rate} a second, ms`,
    ours: cell(ours, 1),
    peer: cell(peer, 1),
    floor: cell(floor, 1),
    ratio: Number.isNaN(peer) ? '' : (ours / peer).toFixed(2),
    target: '≤ 2 ms',
    met: ours <= 2,
  };
}

function coalescedRow(rate: number, seconds: number, of: Of): Row {
  const windows = (seconds * 1000) / WINDOW_MS + 1;
  const perWindow = of(COALESCING, rate, ({ restarts }) => restarts / APPS.length / windows);
  return {
    measure: `restarts per Deployment and window, coalescing, at ${rate} a second`,
    ours: cell(perWindow, 2),
    peer: '',
    floor: '',
    ratio: '',
    target: '≤ 1',
    met: perWindow <= 1,
  };
}
