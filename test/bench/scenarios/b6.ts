import { setTimeout as sleep } from 'node:timers/promises';
import { setting } from '@test/environment';
import { startAgent } from '@test/processes/start-agent';
import { apiCalls, callsBetween, describeCalls, sumOf } from '../frame/api-calls';
import { type Ground, makeField, onGround, startRealReloader } from '../frame/contestants';
import { eachOf } from '../frame/each-of';
import { configMapsOf, type Field } from '../frame/field';
import { cpuMs } from '../frame/processes';
import type { RawKube } from '../frame/raw-kube';
import type { BenchOptions, Outcome, Row, Scenario } from '../frame/scenario';
import { messagesTo, startThroughHub, type ThroughHub } from '../frame/through-hub';
import { startPeer } from '../peers/peer-program';
import { makeNamespaces, makeSecrets, secretPath, USUAL } from './b5/secrets';
import { appsOf } from '../frame/site';

const SIZES = {
  usual: { secrets: 1000, configMaps: 500, seconds: 15 },
  full: { secrets: 8000, configMaps: 2000, seconds: 60 },
};
type Size = (typeof SIZES)['usual'];

/** Workloads that use some of what is written to. */
const APPS = appsOf(50);
const HEARTBEAT = 'type="heartbeat"';
const UPDATES_A_SECOND = 100;
/** Nobody uses them, and their data changes every second, as where leaders were elected in the past. */
const HOT = 20;
const MAKERS = 16;
/** Longer than what a start or a write leaves behind takes. */
const SETTLE_MS = 12_000;

/** By program: processor time over a stretch of the same length without and with the updates, ms. */
type Cpu = ReadonlyMap<string, Readonly<{ idle: number; busy: number }>>;
type Measured = Readonly<{
  size: Size;
  events: number;
  cpu: Cpu;
  calls: string;
  callCount: number;
  messages: string;
  messageCount: number;
  restarts: number;
}>;

/** Writes that change nothing that anybody uses: they should cost next to nothing, and lead to nothing. */
export const B6: Scenario = {
  id: 'B6',
  title: 'updates that change nothing',
  run: (options: BenchOptions): Promise<Outcome> =>
    onGround(options.say, async (ground) => {
      const size = options.full ? SIZES.full : SIZES.usual;
      const field = await makeObjects(ground, size);
      const { pids, through } = await startAll(ground);
      options.say(`${size.seconds} s of silence, then ${size.seconds} s of updates`);
      return outcomeOf(await measure({ ...ground, field, pids, through }, size));
    }),
};

async function makeObjects(ground: Ground, { secrets, configMaps }: Size): Promise<Field> {
  const field = await makeField(ground, 'churn', APPS);
  await makeNamespaces(ground.kube);
  await makeSecrets(ground.kube, USUAL, 0, secrets);
  const names = [...named('config', configMaps), ...named('hot', HOT)];
  await eachOf(names, MAKERS, (name) =>
    ground.kube.must('POST', configMapsOf(field.namespace), { metadata: { name }, data: { value: 'first' } }),
  );
  return field;
}

const named = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** All see the same events at the same time. */
async function startAll(ground: Ground): Promise<Readonly<{ pids: ReadonlyMap<string, number>; through: ThroughHub }>> {
  const { cluster, undo } = ground;
  const pids = new Map<string, number>();
  const agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, env: { AGENT_NAMESPACE: 'fleet-alone' } });
  undo.unshift(() => agent.program.stop());
  pids.set('standalone', agent.program.pid);
  const through = await startThroughHub(ground, { namespace: null, workloads: APPS.length });
  pids.set('hub', through.processes['agent'] ?? 0);
  const command = setting('RELOADER_BIN');
  const others = {
    floor: await startPeer('bare-watch', cluster, ''),
    P2: await startPeer('naive-informer', cluster, ''),
    ...(command === undefined ? {} : { P1: await startRealReloader(command, ground, '') }),
  };
  for (const [name, program] of Object.entries(others)) {
    undo.unshift(() => program.kill());
    pids.set(name, program.pid);
  }
  return { pids, through };
}

type Scene = Ground & Readonly<{ field: Field; pids: ReadonlyMap<string, number>; through: ThroughHub }>;

async function measure({ kube, field, pids, through }: Scene, size: Size): Promise<Measured> {
  const now = (): Map<string, number> => new Map([...pids].map(([name, pid]) => [name, cpuMs(pid)]));
  await sleep(SETTLE_MS);
  const first = now();
  await sleep(size.seconds * 1000);
  const second = now();
  const [calls, messages] = [await apiCalls(kube), await messagesTo(through.hub)];
  const writes = await churn(kube, field, size);
  await sleep(1000);
  const third = now();
  const later = callsBetween(calls, await apiCalls(kube), writes);
  const all = callsBetween(messages, await messagesTo(through.hub), new Map());
  const told = new Map([...all].filter(([what]) => !what.includes(HEARTBEAT)));
  const between = (from: Map<string, number>, to: Map<string, number>, name: string): number =>
    (to.get(name) ?? 0) - (from.get(name) ?? 0);
  return {
    size,
    events: sumOf(writes),
    cpu: new Map(
      [...pids.keys()].map((name) => [
        name,
        { idle: between(first, second, name), busy: between(second, third, name) },
      ]),
    ),
    ...{ calls: describeCalls(later, 1), callCount: sumOf(later) },
    ...{ messages: describeCalls(told, 1), messageCount: sumOf(told) },
    restarts: field.restarts,
  };
}

/** @returns the calls that this took. */
async function churn(kube: RawKube, field: Field, size: Size): Promise<ReadonlyMap<string, number>> {
  const configMaps = [...named('config', size.configMaps), ...APPS.map(({ name }) => name)];
  const paths = [
    ...configMaps.map((name) => ({ what: 'PATCH configmaps', path: `${configMapsOf(field.namespace)}/${name}` })),
    ...Array.from({ length: size.secrets }, (_, at) => ({ what: 'PATCH secrets', path: secretPath(USUAL, at) })),
  ];
  const made = new Map<string, number>();
  const writing: Promise<unknown>[] = [];
  const write = (what: string, path: string, body: object): void => {
    made.set(what, (made.get(what) ?? 0) + 1);
    writing.push(kube.must('PATCH', path, body));
  };
  const begun = performance.now();
  for (let update = 0; update < size.seconds * UPDATES_A_SECOND; update += 1) {
    await sleep(Math.max(0, begun + (update * 1000) / UPDATES_A_SECOND - performance.now()));
    // A step that has no divisor in common with the number: sources of all sorts follow each other.
    const target = paths[(update * 7) % paths.length];
    if (target) write(target.what, target.path, { metadata: { annotations: { 'bench.example/at': String(update) } } });
    if (update % UPDATES_A_SECOND < HOT) {
      const path = `${configMapsOf(field.namespace)}/hot-${update % UPDATES_A_SECOND}`;
      write('PATCH configmaps', path, { data: { value: String(update) } });
    }
  }
  await Promise.all(writing);
  return made;
}

function outcomeOf(measured: Measured): Outcome {
  const { size, events, callCount, calls, messageCount, messages, restarts } = measured;
  return {
    rows: [
      cpuRow(measured, 'standalone'),
      cpuRow(measured, 'hub'),
      countRow('API calls of all programs together', callCount),
      countRow('messages to the hub', messageCount),
      countRow('restarts', restarts),
    ],
    notes: [
      `${UPDATES_A_SECOND} updates a second for ${size.seconds} s that change an annotation of one of ${size.secrets} Secrets of 8 KB and ${size.configMaps} ConfigMaps, some of which ${APPS.length} Deployments use, and ${HOT} ConfigMaps that nobody uses whose data changes every second: ${events} events. All programs watch all of it at the same time.`,
      'Processor time is what the updates cost beyond a silence of the same length. Heartbeats, which are sent in silence too, are no messages here.',
      measured.cpu.has('P1')
        ? 'The peer is Stakater Reloader itself, as RELOADER_BIN named it.'
        : "The peer is P2, the official client's informers in Node, which compare nothing and react to nothing: set RELOADER_BIN to measure Reloader itself.",
      'The floor is a process that reads the same watches and forgets what they say.',
      ...[...measured.cpu].map(
        ([name, { idle, busy }]) =>
          `${name}: ${(idle / size.seconds).toFixed(1)} ms a second in silence, ${busy} ms in all.`,
      ),
      ...(calls === '' ? [] : [`API calls: ${calls}.`]),
      ...(messages === '' ? [] : [`Messages: ${messages}.`]),
    ],
    missed: restarts > 0 ? [`${restarts} restarts that no change asked for`] : [],
  };
}

function cpuRow({ cpu, events }: Measured, name: string): Row {
  const each = (program: string): number => {
    const { idle, busy } = cpu.get(program) ?? { idle: NaN, busy: NaN };
    return ((busy - idle) * 1000) / events;
  };
  const isReal = cpu.has('P1');
  const [ours, peer] = [each(name), each(isReal ? 'P1' : 'P2')];
  return {
    measure: `processor time per event, ${name === 'hub' ? 'with a hub' : name}, µs`,
    ours: ours.toFixed(0),
    peer: peer.toFixed(0),
    floor: each('floor').toFixed(0),
    ratio: `${(ours / peer).toFixed(2)} × peer`,
    target: "≤ 0.6 × Reloader's",
    met: isReal ? ours <= 0.6 * peer : null,
  };
}

const countRow = (measure: string, count: number): Row => ({
  measure,
  ours: String(count),
  ...{ peer: '', floor: '', ratio: '', target: '0', met: count === 0 },
});
