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
import { cpuMs } from '../frame/processes';
import { inTurn } from '../frame/rounds';
import type { BenchOptions, Outcome, Row, Scenario } from '../frame/scenario';
import { exponent, median, percentile, ratios, spread } from '../frame/statistics';
import { tick } from '../frame/site';

const SIZES = [50, 200, 800];
const FULL_SIZES = [...SIZES, 3200];
/** The one that is used; all others are there, and use nothing. */
const APP = { name: 'app', configMap: 'app' };
const CHANGES = 30;
/** From one change to the next, when the first has shown its restart before. */
const PACE_MS = 100;
const ROUNDS = 3;

type Turn = Readonly<{ latencies: readonly (number | undefined)[]; cpuMs: number }>;

/** By program, then by size: one for each round. */
type Measured = ReadonlyMap<string, ReadonlyMap<number, readonly Turn[]>>;

/** One Deployment is used among ever more that are not: what does a change cost? */
export const B4: Scenario = {
  id: 'B4',
  title: 'one change in a namespace of many Deployments',
  run: (options: BenchOptions): Promise<Outcome> =>
    onGround(options.say, async (ground) => {
      const start = [startFloor, startStandalone, startReloader];
      const arms: Contestant[] = [];
      for (const one of start) arms.push(await one(ground, [APP]));
      return outcomeOf(await measure(arms, options));
    }),
};

async function measure(arms: readonly Contestant[], options: BenchOptions): Promise<Measured> {
  const measured = new Map(arms.map(({ name }) => [name, new Map<number, readonly Turn[]>()]));
  let there = 1;
  for (const size of options.full ? FULL_SIZES : SIZES) {
    options.say(`${size} Deployments in each namespace`);
    const more = Array.from({ length: size - there }, (_, at) => ({ name: `idle-${there + at}`, configMap: null }));
    for (const { field } of arms) await field.add(more);
    there = size;
    const rounds = await inTurn(arms, { ...options, rounds: ROUNDS, turns: 1 }, turn);
    for (const [name, turns] of rounds) measured.get(name)?.set(size, turns.flat());
  }
  return measured;
}

async function turn({ field, pid }: Contestant): Promise<Turn> {
  const before = cpuMs(pid);
  const latencies: (number | undefined)[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    const pause = sleep(PACE_MS);
    latencies.push(await tick(field, APP.name));
    await pause;
  }
  await field.settled();
  return { latencies, cpuMs: (cpuMs(pid) - before) / CHANGES };
}

const p50 = ({ latencies }: Turn): number =>
  percentile(
    latencies.filter((ms) => ms !== undefined),
    0.5,
  );

function outcomeOf(measured: Measured): Outcome {
  const turns = (arm: string, size: number): readonly Turn[] => measured.get(arm)?.get(size) ?? [];
  const sizes = [...(measured.get('floor')?.keys() ?? [])];
  const times = (arm: string, size: number): number[] => turns(arm, size).map(p50);
  const cpu = (arm: string, size: number): number => median(turns(arm, size).map((one) => one.cpuMs));
  const growth = (arm: string): number => exponent(sizes.map((n) => ({ n, cost: median(times(arm, n)) })));
  const k = growth('standalone');
  return {
    rows: [
      ...sizes.map((size) => timeRow(size, times)),
      {
        ...{ measure: 'exponent of the time over the number', ours: k.toFixed(2), peer: growth(PEER_NAME).toFixed(2) },
        ...{ floor: growth('floor').toFixed(2), ratio: '', target: '≤ 0.1', met: k <= 0.1 },
      },
      ...sizes.map((size) => cpuRow(size, cpu)),
    ],
    notes: [
      `${ROUNDS} rounds of ${CHANGES} changes, one every ${PACE_MS} ms, of one ConfigMap that one Deployment of the namespace uses; sizes count all Deployments.`,
      peerNote(),
      'The model pays for its calls only; what Reloader itself spends at each event is not in its processor time.',
      'Each program has a namespace of its own, and sees no other. Standalone with --coalesce=0s.',
    ],
    missed: [...measured].flatMap(([arm, bySize]) =>
      [...bySize].flatMap(([size, all]) =>
        all.some(({ latencies }) => latencies.includes(undefined)) ? [`${arm}: a change among ${size}`] : [],
      ),
    ),
  };
}

function timeRow(size: number, of: (arm: string, size: number) => number[]): Row {
  const [ours, floor, peer] = [of('standalone', size), of('floor', size), of(PEER_NAME, size)];
  const faster = median(ratios(peer, ours));
  const bound = size === 800;
  return {
    measure: `p50 among ${size}, ms`,
    ours: around(spread(ours)),
    peer: around(spread(peer)),
    floor: around(spread(floor)),
    ratio: `${median(ratios(ours, floor)).toFixed(2)}; ${faster.toFixed(1)} × faster`,
    target: bound ? '≥ 3 × faster than the peer' : '',
    met: bound ? faster >= 3 : null,
  };
}

function cpuRow(size: number, of: (arm: string, size: number) => number): Row {
  const [ours, floor, peer] = [of('standalone', size), of('floor', size), of(PEER_NAME, size)];
  const bound = size === 800;
  return {
    measure: `own processor time per change among ${size}, ms`,
    ours: ours.toFixed(1),
    peer: peer.toFixed(1),
    floor: floor.toFixed(1),
    ratio: (ours / peer).toFixed(2),
    target: bound ? "≤ 0.1 × Reloader's" : '',
    met: bound && PEER_NAME === 'P1' ? ours <= 0.1 * peer : null,
  };
}
