import { randomUUID } from 'node:crypto';
import type { KubeClient } from '@test/kube';
import type { Agent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import type { FaultyProxy } from './faulty-proxy';
import { ProxiedAgents } from './proxied-agents';

jest.setTimeout(60_000);
const REVISION = 'fleet-reloader.io/revision';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const LABEL = `env-${randomUUID().slice(0, 8)}`;
const TRIED_LATER = 'restart is tried again later';
const FORBIDDEN = { kind: 'Status', reason: 'Forbidden', message: 'not for you', code: 403 };

const agents = ProxiedAgents.forEachTest('agent-troubles');
let kube: KubeClient;
let proxy: FaultyProxy;
let agent: Agent;

beforeEach(() => {
  ({ kube, proxy } = agents);
});

/** A namespace with Secrets `db` and `other` and Deployments, each on some of them. */
async function scene(deployments: Readonly<Record<string, readonly string[]>>, labels = {}): Promise<string> {
  const namespace = `ns-${randomUUID().slice(0, 8)}`;
  await kube.core.createNamespace({ body: { metadata: { name: namespace, labels } } });
  for (const name of ['db', 'other']) await kube.putSecret({ namespace, name }, { password: 'first' });
  for (const [name, envSecrets] of Object.entries(deployments))
    await kube.createDeployment({ namespace, name }, { envSecrets, annotations: AUTO });
  return namespace;
}

async function begin(...args: string[]): Promise<Agent> {
  const env = { AGENT_NAMESPACE: `state-${randomUUID().slice(0, 8)}` };
  agent = await agents.start({ env, args: ['--coalesce=50ms', ...args] });
  return agent;
}

const change = (namespace: string, name: string): Promise<void> =>
  kube.putSecret({ namespace, name }, { password: randomUUID() });
const revisionOf = async (namespace: string, name: string): Promise<string | undefined> =>
  (await kube.podAnnotations('Deployment', { namespace, name }))[REVISION];
const untilRestarted = (namespace: string, name: string): Promise<string> =>
  waitFor(`${namespace}/${name} to restart`, () => revisionOf(namespace, name));
const probe = async (): Promise<string> => (await fetch(`${agent.opsUrl}/readyz?verbose`)).text();
const untilReady = (): Promise<unknown> =>
  waitFor('readiness to come back', async () => (await probe()).endsWith('readyz check passed\n'));
const isPatchOf = (name: string, verb: string, url: string): boolean =>
  verb === 'PATCH' && url.includes(`/deployments/${name}?`);

describe('what a restart writes', () => {
  it('agent 95, 96: tells of the last source alone, and goes by the name of our own field manager', async () => {
    const namespace = await scene({ app: ['db', 'other'] });
    await begin(`--namespaces=${namespace}`);
    for (const name of ['db', 'other']) {
      const before = await revisionOf(namespace, 'app');
      await change(namespace, name);
      await waitFor('the next restart', async () => (await revisionOf(namespace, 'app')) !== before);
      const annotations = await kube.podAnnotations('Deployment', { namespace, name: 'app' });
      expect(JSON.parse(annotations[MARKER] ?? '')).toMatchObject({ type: 'SECRET', name, namespace });
    }
    const { metadata } = await kube.read('Deployment', { namespace, name: 'app' });
    const owners = (metadata?.managedFields ?? []).filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes(MARKER));
    expect(owners.map(({ manager, operation }) => [manager, operation])).toEqual([['fleet-reloader', 'Update']]);
    expect(JSON.stringify(owners[0]?.fieldsV1)).toContain(REVISION);
  });
});

describe('an API server', () => {
  it('that never answers a write holds up that one only, which is tried again', async () => {
    const namespace = await scene({ app: ['db'], other: ['db'], stranger: ['other'] });
    const { program } = await begin(`--namespaces=${namespace}`);
    proxy.decide((url, verb) => (isPatchOf('app', verb, url) ? 'stall' : 'pass'));
    await change(namespace, 'db');
    await untilRestarted(namespace, 'other');
    await change(namespace, 'other');
    await untilRestarted(namespace, 'stranger');
    expect(await revisionOf(namespace, 'app')).toBeUndefined();
    expect(await probe()).toContain('readyz check passed');
    proxy.decide(() => 'pass');
    await untilRestarted(namespace, 'app');
    const told = program.logLines().filter(({ msg }) => msg === TRIED_LATER);
    expect(told.map(({ why }) => why)).toContainEqual(expect.stringContaining('did not answer in time'));
  });

  it('that ends its answers too early is told of without a word of them, and is asked again', async () => {
    const namespace = await scene({ app: ['db'], stranger: ['other'] });
    const { program } = await begin(`--namespaces=${namespace}`);
    let answers = 0;
    const body = '{"kind":"Deployment","spec":{"env":hunter2';
    proxy.decide((url, verb) => (isPatchOf('app', verb, url) && (answers += 1) < 3 ? { code: 200, body } : 'pass'));
    await change(namespace, 'db');
    await change(namespace, 'other');
    await untilRestarted(namespace, 'stranger');
    await untilRestarted(namespace, 'app');
    expect(answers).toBe(3);
    const told = program.logLines().filter(({ msg }) => msg === TRIED_LATER);
    expect(told).toMatchObject([{ why: expect.stringContaining('no whole JSON') as string }]);
    expect(program.logs()).not.toContain('hunter2');
    expect(await probe()).toContain('readyz check passed');
  });
});

describe('a namespace that can not be listed', () => {
  const refuse = (namespace: string, resource = ''): void =>
    proxy.decide((url) =>
      url.includes(`/namespaces/${namespace}/${resource}`) ? { code: 403, body: FORBIDDEN } : 'pass',
    );

  it('is named at the probe and once in the log when a label has chosen it, and the others go on', async () => {
    const good = await scene({ app: ['db'] }, { [LABEL]: 'yes' });
    const bad = await scene({ app: ['db'] });
    const { program } = await begin(`--namespace-selector=${LABEL}=yes`);
    refuse(bad);
    const labels = { [LABEL]: 'yes' };
    await kube.core.replaceNamespace({ name: bad, body: { metadata: { name: bad, labels } } });
    await waitFor('it to be told', async () => (await probe()).includes(`of namespace ${bad}: `));
    expect(await probe()).toMatch(
      new RegExp(`\\[-\\]watch Namespace failed: \\w+ of namespace ${bad}: .*403 Forbidden`),
    );
    await change(good, 'db');
    await untilRestarted(good, 'app');
    const listed = (): number => proxy.requests.filter((line) => line.includes(`/namespaces/${bad}/`)).length;
    const before = listed();
    await waitFor('more tries', () => listed() > before + 1);
    expect(program.logLines().filter(({ why }) => String(why).includes(bad))).toHaveLength(1);
    proxy.decide(() => 'pass');
    await untilReady();
    await change(bad, 'db');
    await untilRestarted(bad, 'app');
  });

  it('is named where the namespaces are given by name, too', async () => {
    const good = await scene({ app: ['db'] });
    const bad = await scene({ app: ['db'] });
    const { program } = await begin(`--namespaces=${good},${bad}`);
    refuse(bad, 'secrets');
    proxy.cutAll();
    await waitFor('it to be told', async () =>
      (await probe()).includes(`[-]watch Secret failed: namespace ${bad}: 403`),
    );
    await change(good, 'db');
    await untilRestarted(good, 'app');
    await change(bad, 'db');
    const told = program.logLines().filter(({ why }) => String(why).includes(`namespace ${bad}: 403`));
    expect(told).toHaveLength(1);
    proxy.decide(() => 'pass');
    await untilReady();
    await untilRestarted(bad, 'app');
  });
});

it('a source that does not exist is told of once, on its workload and in the log, and holds up nobody', async () => {
  const namespace = await scene({ lost: ['nowhere'], app: ['db'] });
  const { program } = await begin(`--namespaces=${namespace}`);
  await change(namespace, 'db');
  await untilRestarted(namespace, 'app');
  const event = await waitFor('the Event', async () => {
    const { items } = await kube.core.listNamespacedEvent({ namespace });
    return items.find(({ reason }) => reason === 'SourceMissing');
  });
  expect(event).toMatchObject({ type: 'Normal', involvedObject: { kind: 'Deployment', name: 'lost' } });
  expect(event.message).toContain('Secret/nowhere');
  const told = program.logLines().filter(({ msg }) => msg === 'it reacts to sources that do not exist');
  expect(told).toMatchObject([{ workload: `Deployment/${namespace}/lost`, sources: ['Secret/nowhere'] }]);
  expect(await probe()).toContain('readyz check passed');
  expect(await revisionOf(namespace, 'lost')).toBeUndefined();
});
