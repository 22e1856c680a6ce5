import { randomUUID } from 'node:crypto';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { type Agent, startAgent } from '@test/processes/start-agent';
import type { SimulatedCluster } from '@test/simulator/cluster';
import { systemClock } from '@test/simulator/clock';
import { DEPLOYMENTS, REPLICA_SETS } from '@test/simulator/resources';
import { Simulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);
const NAMESPACE = 'shop';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const AFTER = 'fleet-reloader.io/restart-after';

let simulator: Simulator;
let cluster: SimulatedCluster;
let agent: Agent;
/** The Deployments in the order of their restarts, each with those whose roll-out was not over by then. */
let story: string[];

beforeEach(async () => {
  simulator = new Simulator(systemClock);
  cluster = await simulator.addCluster('order');
  cluster.objects.namespace(NAMESPACE);
  cluster.objects.setSecret(NAMESPACE, 'db', { password: 'first' });
});

afterEach(async () => {
  await agent.program.stop();
  await simulator.stop();
});

function create(
  name: string,
  annotations: Readonly<Record<string, string>>,
  pods: Readonly<Record<string, string>>,
): void {
  const options = { secrets: ['db'], annotations: { ...AUTO, ...annotations }, templateAnnotations: pods };
  cluster.objects.createDeployment(NAMESPACE, name, options);
}

/** web restarts after db; the agent is there, and everything runs. */
async function begin(db: Readonly<Record<string, string>>): Promise<void> {
  create('web', { [AFTER]: 'db' }, {});
  create('db', {}, db);
  create('stranger', {}, {});
  await waitFor('all to run', () => unfinished().length === 0, { intervalMs: 20 });
  agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, args: ['--coalesce=50ms'] });
  story = [];
  cluster.store.subscribe(({ type, object }) => {
    if (type === 'ADDED') story.push([object.metadata.ownerReferences?.[0]?.name, ...unfinished()].join(' '));
  }, REPLICA_SETS);
}

const unfinished = (): string[] =>
  cluster.objects
    .list(DEPLOYMENTS, NAMESPACE)
    .map(({ metadata: { name } }) => name)
    .filter((name) => !isRolledOut(name))
    .sort();

function isRolledOut(name: string): boolean {
  const { metadata, status } = cluster.objects.deployment(NAMESPACE, name) ?? {};
  const { observedGeneration, replicas, updatedReplicas, availableReplicas } = status ?? {};
  const isSeen = observedGeneration === metadata?.generation;
  return isSeen && replicas === 1 && updatedReplicas === 1 && availableReplicas === 1;
}

const change = (): unknown => cluster.objects.setSecret(NAMESPACE, 'db', { password: randomUUID() });
const has = (name: string) => (): boolean => story.some((one) => one.startsWith(name));
const told = (): unknown[] =>
  agent.program
    .logLines()
    .filter(({ msg }) => msg === 'restart waits for others')
    .map(({ workload, reason }) => [workload, reason]);

const WEB = 'Deployment/shop/web';

describe('restart-after, where there is no hub', () => {
  it('restarts each once, when the pods of the one before it run; strangers do not wait', async () => {
    await begin({ [POD_BEHAVIOUR.readyAfter]: '1s' });
    change();
    await waitFor('web to restart', has('web'), { intervalMs: 20 });
    await waitFor('all to run', () => unfinished().length === 0, { intervalMs: 20 });
    expect(story.slice(0, 2).map((one) => one.split(' ')[0])).toEqual(expect.arrayContaining(['db', 'stranger']));
    expect(story.slice(2)).toEqual(['web web']);
    expect(told()).toEqual([[WEB, 'Order']]);
  });

  it('is kept by the next agent when the first one is killed in between', async () => {
    await begin({ [POD_BEHAVIOUR.readyAfter]: '3s' });
    change();
    await waitFor('the others to restart', () => has('db')() && has('stranger')(), { intervalMs: 20 });
    await agent.program.kill('SIGKILL');
    await agent.program.restart();
    await waitFor('web to restart', has('web'), { intervalMs: 20 });
    await waitFor('all to run', () => unfinished().length === 0, { intervalMs: 20 });
    expect(story.slice(2)).toEqual(['web web']);
  });

  it('keeps back what comes after a crash, says why, and lets it go when that is mended', async () => {
    await begin({ [POD_BEHAVIOUR.restarted]: 'crash' });
    change();
    await waitFor('the failure to be told', () => told().length === 2, { timeoutMs: 30_000 });
    expect(told()).toEqual([
      [WEB, 'Order'],
      [WEB, 'PredecessorFailed'],
    ]);
    expect(has('web')()).toBe(false);
    const mended = { metadata: { annotations: { [POD_BEHAVIOUR.restarted]: null } } };
    cluster.objects.patch(DEPLOYMENTS, NAMESPACE, 'db', { spec: { template: mended } });
    await waitFor('web to restart', has('web'), { intervalMs: 20 });
    await waitFor('all to run', () => unfinished().length === 0, { intervalMs: 20 });
    expect(story.filter((one) => one.startsWith('web'))).toEqual(['web web']);
  });
});
