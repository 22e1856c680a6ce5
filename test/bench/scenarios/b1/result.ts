import { type ApiCalls, describeCalls, sumOf } from '../../frame/api-calls';
import type { BenchOptions, Outcome, Row } from '../../frame/scenario';
import { median, percentile, ratios, type Spread, spread } from '../../frame/statistics';
import type { Tick } from './tick';

type Ticks = ReadonlyMap<string, readonly Tick[]>;
type Context = Readonly<{ options: BenchOptions; memories: ReadonlyMap<string, string> }>;

/** The ways to run our agent, and how near to the floor each has to come. */
const WAYS = [
  { arm: 'hub', label: 'through the hub', most: 1.5, goal: 1.35 },
  { arm: 'standalone', label: 'standalone', most: 1.15, goal: 1.15 },
] as const;
const PERCENTILES = [0.5, 0.95, 0.99] as const;

export function resultOf(ticks: Ticks, { options, memories }: Context): Outcome {
  const peer = [...ticks.keys()].find((name) => name.startsWith('P1')) ?? 'P1m';
  return {
    rows: [
      ...WAYS.flatMap((way) => PERCENTILES.map((p) => latencyRow(ticks, peer, p, way))),
      ...WAYS.map(({ arm, label }) => callsRow(ticks, peer, arm, label)),
      ...WAYS.map(({ arm, label }) => cpuRow(ticks, peer, arm, label)),
    ],
    notes: [
      `${options.changes} changes per program and round, one every 200 ms, on 10 ConfigMaps with one Deployment each, on a real API server.`,
      ...(peer === 'P1'
        ? ['The peer is Stakater Reloader itself, as RELOADER_BIN named it.']
        : [
            'The peer is P1m, a model of the calls that Reloader makes, not Reloader itself: set RELOADER_BIN for that.',
          ]),
      'The floor is a process that watches ConfigMaps and sends one PATCH per change, and does nothing else.',
      'Restarts end at once: the benchmark writes the status of each Deployment, in place of a controller.',
      ...[...ticks].map(([arm, rounds]) => `Calls per change, ${arm}: ${describeAll(rounds, options.changes)}.`),
      ...[...ticks].map(([arm, rounds]) => `Processor time per change, ${arm}: ${describeCpu(rounds)}.`),
      ...[...memories].map(([arm, text]) => `Memory at the end in MiB, ${arm}: ${text}.`),
    ],
    missed: [...ticks].flatMap(([arm, rounds]) => missedOf(arm, rounds)),
  };
}

const of = (ticks: Ticks, arm: string): readonly Tick[] => ticks.get(arm) ?? [];

function latencyRow(ticks: Ticks, peer: string, p: number, way: (typeof WAYS)[number]): Row {
  const at = (arm: string): number[] => of(ticks, arm).map(({ latencies }) => percentile(latencies, p));
  const ratio = median(ratios(at(way.arm), at('floor')));
  const peerMs = median(at(peer));
  const target =
    p === 0.5
      ? {
          text: way.most === way.goal ? `≤ ${way.most} × floor` : `≤ ${way.most} × floor (goal ${way.goal})`,
          met: ratio <= way.most,
        }
      : p === 0.99
        ? { text: "≤ the peer's", met: median(at(way.arm)) <= peerMs }
        : { text: '', met: null };
  return {
    measure: `p${p * 100} ${way.label}, ms`,
    ours: around(spread(at(way.arm))),
    peer: around(spread(at(peer))),
    floor: around(spread(at('floor'))),
    ratio: ratio.toFixed(2),
    target: target.text,
    met: target.met,
  };
}

/** What a restart costs the API server: the calls that have to happen before the pods are replaced. */
function callsRow(ticks: Ticks, peer: string, arm: string, label: string): Row {
  const onWorkloads = (name: string): number => {
    const rounds = of(ticks, name);
    const changes = rounds.reduce((sum, { latencies }) => sum + latencies.length, 0);
    return rounds.reduce((sum, { calls }) => sum + sumOf(aboutWorkloads(calls)), 0) / changes;
  };
  const ours = onWorkloads(arm);
  return {
    measure: `calls on workloads per restart ${label}`,
    ours: ours.toFixed(2),
    peer: onWorkloads(peer).toFixed(2),
    floor: onWorkloads('floor').toFixed(2),
    ratio: (ours / onWorkloads('floor')).toFixed(2),
    target: '1.00',
    met: ours === 1,
  };
}

/** Events and the agent's own state are written behind, and are told in the notes. */
const aboutWorkloads = (calls: ApiCalls): ApiCalls =>
  new Map([...calls].filter(([what]) => !/ (events|configmaps|secrets|namespaces)$/.test(what)));

function cpuRow(ticks: Ticks, peer: string, arm: string, label: string): Row {
  const own = (name: string): Spread =>
    spread(
      of(ticks, name).map(({ cpu }) =>
        Object.entries(cpu).reduce((sum, [who, ms]) => sum + (who === 'server' ? 0 : ms), 0),
      ),
    );
  const ratio = own(arm).median / own('floor').median;
  return {
    measure: `own processor time per restart ${label}, ms`,
    ours: around(own(arm)),
    peer: around(own(peer)),
    floor: around(own('floor')),
    ratio: ratio.toFixed(2),
    target: '',
    met: null,
  };
}

const around = ({ median: middle, min, max }: Spread): string =>
  `${middle.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;

function describeAll(rounds: readonly Tick[], changes: number): string {
  const all = new Map<string, number>();
  for (const { calls } of rounds) for (const [what, count] of calls) all.set(what, (all.get(what) ?? 0) + count);
  return describeCalls(all, changes * rounds.length);
}

function describeCpu(rounds: readonly Tick[]): string {
  const names = Object.keys(rounds[0]?.cpu ?? {});
  return names.map((name) => `${name} ${median(rounds.map(({ cpu }) => cpu[name] ?? 0)).toFixed(1)} ms`).join(', ');
}

function missedOf(arm: string, rounds: readonly Tick[]): string[] {
  const sum = (count: (tick: Tick) => number): number => rounds.reduce((total, round) => total + count(round), 0);
  const [missed, surplus] = [sum((round) => round.missed), sum((round) => round.surplus)];
  return [
    ...(missed > 0 ? [`${arm}: ${missed} changes never restarted anything`] : []),
    ...(surplus > 0 ? [`${arm}: ${surplus} restarts that no change asked for`] : []),
  ];
}
