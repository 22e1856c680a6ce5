import { type Agent, startAgent } from '@test/processes/start-agent';
import type { SimulatedCluster } from '@test/simulator/cluster';
import { systemClock } from '@test/simulator/clock';
import { Simulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';

const MINUTES = 60_000;
jest.setTimeout(MINUTES);
const NAMESPACES = 2000;
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const REVISION = 'fleet-reloader.io/revision';
/** From a stranger's change to its restart, whatever the others do. */
const STRANGER_MS = 5000;
/** For whoever comes after all the others, each of them with a source of its own. */
const EVERYBODY_MS = 30_000;

const simulator = new Simulator(systemClock);
let cluster: SimulatedCluster;
let agent: Agent;
let changes = 0;

const nameOf = (at: number): string => `team-${at}`;

function populate(namespace: string, annotations: Record<string, string>): void {
  cluster.objects.namespace(namespace);
  cluster.objects.setSecret(namespace, 'db', { password: 'first' });
  cluster.objects.createDeployment(namespace, 'web', { secrets: ['db'], annotations, replicas: 0 });
}

beforeAll(async () => {
  cluster = await simulator.addCluster('many');
  for (let at = 0; at < NAMESPACES; at += 1) populate(nameOf(at), { ...AUTO, ...(at % 2 ? {} : BAD) });
  cluster.objects.namespace('stranger');
  cluster.objects.setSecret('stranger', 'db', { password: 'first' });
  cluster.objects.createDeployment('stranger', 'web', { secrets: ['db'], annotations: AUTO });
  agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, args: ['--coalesce=50ms'] });
}, MINUTES);

afterAll(async () => {
  await agent.program.stop();
  await simulator.stop();
}, MINUTES);

const BAD = { 'secret.reloader.stakater.com/reload': '(' };

const revision = (): string | undefined =>
  cluster.objects.deployment('stranger', 'web')?.spec?.template?.metadata?.annotations?.[REVISION];

const generation = (): number => cluster.objects.deployment('stranger', 'web')?.metadata.generation ?? 0;

async function strangerRestarts(timeoutMs = STRANGER_MS): Promise<void> {
  const before = revision();
  cluster.objects.setSecret('stranger', 'db', { password: `new-${(changes += 1)}` });
  await waitFor('the stranger to restart', () => revision() !== before, { timeoutMs, intervalMs: 20 });
}

const readiness = async (): Promise<string> => (await fetch(`${agent.opsUrl}/readyz`)).text();

describe(`an agent with ${NAMESPACES} namespaces`, () => {
  it('is ready, and told each workload that it can not read just once', async () => {
    await waitFor('readiness', async () => (await readiness()) === 'ok\n');
    await strangerRestarts();
    const told = agent.program.logLines().filter(({ msg }) => String(msg).startsWith('annotations of a workload'));
    expect(new Set(told.map(({ workload }) => workload)).size).toBe(NAMESPACES / 2);
    expect(told).toHaveLength(NAMESPACES / 2);
  });

  it('restarts many at once, each in turn, and stays ready', async () => {
    for (let at = 0; at < NAMESPACES; at += 5) cluster.objects.setSecret(nameOf(at), 'db', { password: 'second' });
    await strangerRestarts(EVERYBODY_MS);
    expect(await readiness()).toBe('ok\n');
  });

  it.each([
    ['all watches are cut', () => cluster.cutWatches()],
    [
      'every version is forgotten (410)',
      () => {
        cluster.compact();
        cluster.cutWatches();
      },
    ],
    [
      'the server is busy (429)',
      () => {
        cluster.faults.refuse(429, { count: 2, retryAfterSeconds: 1, match: { verb: 'patch' } });
        cluster.cutWatches();
      },
    ],
    ['the server fails (500)', () => void cluster.faults.refuse(500, { count: 3 })],
    ['answers are slow', () => void cluster.faults.delay(200, { count: 50 })],
    ['answers are lost', () => void cluster.faults.dropReply({ count: 2, match: { verb: 'patch' } })],
  ])('restarts a stranger once, and in time, when %s', async (_, strike) => {
    const before = generation();
    strike();
    await strangerRestarts();
    cluster.faults.clear();
    await waitFor('readiness', async () => (await readiness()) === 'ok\n');
    expect(generation()).toBe(before + 1);
  });
});
