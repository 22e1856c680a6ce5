import { type ApiCalls, describeCalls, sumOf } from '../../frame/api-calls';
import type { Memory } from '../../frame/processes';
import type { Outcome, Row } from '../../frame/scenario';
import { median, percentile, ratios, type Spread, spread } from '../../frame/statistics';
import type { Cost, Latencies } from './tick';

export type ArmResult = Readonly<{
  /** By round. */
  latencies: readonly Latencies[];
  cost: Cost;
  memory: readonly (Memory & Readonly<{ process: string }>)[];
  /** Over the whole run: what was changed, and how often something was restarted. */
  changes: number;
  restarts: number;
}>;

/** `changes`: per program and round. */
export type Measured = Readonly<{ changes: number; arms: Map<string, ArmResult> }>;

type Way = Readonly<{ ours: ArmResult; peer: ArmResult; floor: ArmResult; label: string }>;

export function outcomeOf({ changes, arms }: Measured): Outcome {
  const peerName = [...arms.keys()].find((name) => name.startsWith('P1')) ?? 'P1m';
  const [peer, floor] = [armOf(arms, peerName), armOf(arms, 'floor')];
  const hub = { ours: armOf(arms, 'hub'), peer, floor, label: 'through the hub' };
  const alone = { ours: armOf(arms, 'standalone'), peer, floor, label: 'standalone' };
  return {
    rows: [
      ...latencyRows(hub, { most: 1.5, text: '≤ 1.5 × floor (goal 1.35)' }),
      ...latencyRows(alone, { most: 1.15, text: '≤ 1.15 × floor' }),
      ...[hub, alone].flatMap((way) => [...callRows(way, changes), cpuRow(way)]),
    ],
    notes: [...circumstances(changes, peerName), ...[...arms].flatMap(([name, arm]) => bill(name, arm, changes))],
    missed: [...arms].flatMap(([name, arm]) => missedOf(name, arm)),
  };
}

function armOf(arms: Measured['arms'], name: string): ArmResult {
  const arm = arms.get(name);
  if (!arm) throw new Error(`nothing was measured of ${name}`);
  return arm;
}

/** One percentile of every round. */
const at = (arm: ArmResult, p: number): number[] =>
  arm.latencies.map((round) =>
    percentile(
      round.filter((ms) => ms !== undefined),
      p,
    ),
  );

function latencyRows(way: Way, half: Readonly<{ most: number; text: string }>): Row[] {
  const ratio = (p: number): number => median(ratios(at(way.ours, p), at(way.floor, p)));
  const row = (p: number, target: string, met: boolean | null): Row => ({
    measure: `p${p * 100} ${way.label}, ms`,
    ours: around(spread(at(way.ours, p))),
    peer: around(spread(at(way.peer, p))),
    floor: around(spread(at(way.floor, p))),
    ratio: ratio(p).toFixed(2),
    target,
    met,
  });
  const tail = median(at(way.ours, 0.99)) <= median(at(way.peer, 0.99));
  return [row(0.5, half.text, ratio(0.5) <= half.most), row(0.95, '', null), row(0.99, "≤ the peer's", tail)];
}

const EVENTS = / events$/;
/** What the agent keeps for itself. */
const OWN_STATE = / (configmaps|secrets|namespaces)$/;

const those = (calls: ApiCalls, concerned: (what: string) => boolean): ApiCalls =>
  new Map([...calls].filter(([what]) => concerned(what)));

/** All but Events and the agent's own state: these are written behind the restart, several together. */
const onWorkloads = (calls: ApiCalls): ApiCalls => those(calls, (what) => !EVENTS.test(what) && !OWN_STATE.test(what));

function callRows({ ours, peer, floor, label }: Way, changes: number): Row[] {
  type Count = (calls: ApiCalls) => number;
  const row = (measure: string, of: Count, target = '', met = (_count: number): boolean => true): Row => ({
    measure: `${measure} ${label}`,
    ours: of(ours.cost.calls).toFixed(2),
    peer: of(peer.cost.calls).toFixed(2),
    floor: of(floor.cost.calls).toFixed(2),
    ratio: of(floor.cost.calls) === 0 ? '' : (of(ours.cost.calls) / of(floor.cost.calls)).toFixed(2),
    target,
    met: target === '' ? null : met(of(ours.cost.calls)),
  });
  const written = (what: RegExp) => (calls: ApiCalls) => sumOf(those(calls, (call) => what.test(call))) / changes;
  return [
    row(
      'API calls on workloads per restart',
      (calls) => sumOf(onWorkloads(calls)) / changes,
      '1.00',
      (n) => n === 1,
    ),
    row('API calls for Events per restart', written(EVENTS)),
    row('API calls for its own state per restart', written(OWN_STATE)),
    row(
      'all API calls per restart',
      (calls) => sumOf(calls) / changes,
      '≤ 2.2',
      (n) => n <= 2.2,
    ),
  ];
}

const ownCpu = ({ cost }: ArmResult): number =>
  Object.entries(cost.cpu).reduce((sum, [process, ms]) => sum + (process === 'server' ? 0 : ms), 0);

const cpuRow = ({ ours, peer, floor, label }: Way): Row => ({
  measure: `own processor time per restart ${label}, ms`,
  ours: ownCpu(ours).toFixed(1),
  peer: ownCpu(peer).toFixed(1),
  floor: ownCpu(floor).toFixed(1),
  ratio: (ownCpu(ours) / ownCpu(floor)).toFixed(2),
  target: '',
  met: null,
});

const around = ({ median: middle, min, max }: Spread): string =>
  `${middle.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;

const circumstances = (changes: number, peer: string): string[] => [
  `${changes} changes per program and round, one every 200 ms and ten before the next program's turn, on 10 ConfigMaps with one Deployment each, on a real API server.`,
  peer === 'P1'
    ? 'The peer is Stakater Reloader itself, as RELOADER_BIN named it.'
    : 'The peer is P1m, a model of the calls that Reloader makes and of nothing else that it does: set RELOADER_BIN to measure Reloader itself.',
  'The floor is a process that watches ConfigMaps and sends one PATCH per change, and does nothing else.',
  'Restarts end at once: the benchmark writes the status of each Deployment, in place of a controller.',
  'Standalone with --coalesce=0s, the hub with a quiet period of 0 s.',
];

/** Counted and timed apart from the latencies, with one program at work. */
function bill(name: string, { cost, memory }: ArmResult, changes: number): string[] {
  const cpu = Object.entries(cost.cpu).map(([process, ms]) => `${process} ${ms.toFixed(1)} ms`);
  const used = memory.map(
    ({ process, residentMiB, peakMiB }) => `${process} ${residentMiB.toFixed(0)} (peak ${peakMiB.toFixed(0)})`,
  );
  return [
    `${name}, per change: ${describeCalls(cost.calls, changes)}; processor time ${cpu.join(', ')}. Memory in MiB: ${used.join(', ')}.`,
  ];
}

function missedOf(name: string, { latencies, cost, changes, restarts }: ArmResult): string[] {
  const missed = [...latencies.flat(), ...cost.latencies].filter((ms) => ms === undefined).length;
  return [
    ...(missed > 0 ? [`${name}: ${missed} changes never restarted anything`] : []),
    ...(restarts > changes ? [`${name}: ${restarts - changes} restarts that no change asked for`] : []),
  ];
}
