import { randomBytes, randomUUID } from 'node:crypto';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { KubeClient } from '@test/kube';
import { type PodOptions, podTemplate } from '@test/pod-template';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';

const MINUTES = 60_000;
jest.setTimeout(MINUTES);
const REVISION = 'fleet-reloader.io/revision';
const AUTO = { 'reloader.stakater.com/auto': 'true' };
const NAMED = 'secret.reloader.stakater.com/reload';
const MISUNDERSTOOD = 'annotations of a workload can not be understood';
/** A stranger's restart, from its change on, while the agent is given all that is in here. */
const STRANGER_MS = 5000;

type Bad = Readonly<{
  name: string;
  annotations: Record<string, string>;
  pods?: PodOptions;
  /** What the Event and the log say, once; null: nothing is wrong with it. */
  says: string | null;
  /** True when its Secret `db` restarts it all the same. */
  restarts: boolean;
}>;

const USES_DB: PodOptions = { envSecrets: ['db'] };

const BAD: readonly Bad[] = [
  { name: 'regex', annotations: { [NAMED]: '(,db' }, says: '"(" is no valid regular expression', restarts: true },
  {
    name: 'greedy-regex',
    annotations: { [NAMED]: `${'x{1000}'.repeat(5000)},db` },
    says: 'is more than a list of regular expressions may ask for',
    restarts: true,
  },
  { name: 'empty-list', annotations: { [NAMED]: '' }, says: null, restarts: false },
  { name: 'commas', annotations: { [NAMED]: ' ,, ,' }, says: null, restarts: false },
  {
    name: 'duration',
    annotations: { ...AUTO, 'deployment.reloader.stakater.com/pause-period': 'soon' },
    says: 'the pause period "soon" is no duration',
    restarts: false,
  },
  {
    name: 'keys',
    annotations: { ...AUTO, 'fleet-reloader.io/keys': 'some' },
    says: '"some" is no value of fleet-reloader.io/keys',
    restarts: true,
  },
  {
    name: 'marker',
    annotations: AUTO,
    pods: { ...USES_DB, podAnnotations: { 'reloader.stakater.com/last-reloaded-from': '{"type":"SECRET","na' } },
    says: null,
    restarts: true,
  },
  { name: 'missing', annotations: AUTO, pods: { envSecrets: ['db', 'nowhere'] }, says: null, restarts: true },
  { name: 'n'.repeat(253), annotations: AUTO, says: null, restarts: true },
];

let cluster: Cluster;
let kube: KubeClient;
let agent: Agent;
const namespace = 'bad-input';

beforeAll(async () => {
  cluster = await startCluster('agent-bad-input', { bare: true });
  kube = new KubeClient(cluster);
  await kube.ensureNamespace(namespace);
  for (const name of ['db', 'other']) await kube.putSecret({ namespace, name }, { password: 'first' });
  for (const { name, annotations, pods = USES_DB } of BAD) await createDeployment(name, { ...pods }, annotations);
  await createDeployment('stranger', { envSecrets: ['other'] }, AUTO);
  const env = { AGENT_NAMESPACE: 'bad-input-state' };
  agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, env, args: ['--coalesce=50ms'] });
}, 2 * MINUTES);

afterAll(async () => {
  await agent.program.stop();
  await cluster.stop();
}, MINUTES);

/** The label of a Deployment's pods may be no longer than 63 signs, its name 253. */
async function createDeployment(name: string, pods: PodOptions, annotations: Record<string, string>): Promise<void> {
  const labels = { app: name.slice(0, 63) };
  const spec = { selector: { matchLabels: labels }, template: podTemplate(labels, pods) };
  await kube.apps.createNamespacedDeployment({ namespace, body: { metadata: { name, annotations }, spec } });
}

const revisionOf = async (name: string): Promise<string | undefined> =>
  (await kube.podAnnotations('Deployment', { namespace, name }))[REVISION];

async function untilAnother(name: string, before: string | undefined): Promise<string> {
  return waitFor(
    `${name.slice(0, 30)} to restart`,
    async () => {
      const now = await revisionOf(name);
      return now !== before ? now : undefined;
    },
    { timeoutMs: STRANGER_MS, intervalMs: 50 },
  );
}

/** Ms from a stranger's change to its restart. */
async function strangerTakes(): Promise<number> {
  const before = await revisionOf('stranger');
  const began = Date.now();
  await kube.putSecret({ namespace, name: 'other' }, { password: randomUUID() });
  await untilAnother('stranger', before);
  return Date.now() - began;
}

const readiness = async (): Promise<string> => (await fetch(`${agent.opsUrl}/readyz`)).text();

const told = (name: string): readonly unknown[] =>
  agent.program
    .logLines()
    .filter(({ msg, workload }) => msg === MISUNDERSTOOD && workload === `Deployment/${namespace}/${name}`)
    .map(({ warnings }) => warnings);

describe('annotations that nobody can read', () => {
  it('agent 74, 168: are told once each, on the workload and in the log, and hold up nobody', async () => {
    await kube.putSecret({ namespace, name: 'db' }, { password: randomUUID() });
    for (const { name, restarts } of BAD) if (restarts) await untilAnother(name, undefined);
    expect(await strangerTakes()).toBeLessThan(STRANGER_MS);
    for (const { name, restarts } of BAD)
      if (!restarts) expect([name, await revisionOf(name)]).toEqual([name, undefined]);
    for (const { name, says } of BAD) {
      const expected = says === null ? [] : [[expect.stringContaining(says)]];
      expect([name, told(name)]).toEqual([name, expected]);
    }
    expect(await readiness()).toBe('ok\n');
  });

  it.each(BAD.filter(({ says }) => says !== null))('have one Event: $name', async ({ name, says }) => {
    const events = await waitFor('the Event', async () => {
      const { items } = await kube.core.listNamespacedEvent({ namespace });
      const own = items.filter((one) => one.involvedObject.name === name && one.reason === 'InvalidAnnotation');
      return own.length > 0 ? own : undefined;
    });
    expect(events.map(({ type, message }) => [type, message])).toEqual([
      ['Warning', expect.stringContaining(says ?? '')],
    ]);
  });
});

describe('sources at their limits', () => {
  const MEBIBYTE = 1024 * 1024;
  const name = `${'s'.repeat(249)}.big`;

  it.each([
    ['a ConfigMap of 1 MiB', { data: { text: 'x'.repeat(MEBIBYTE - 20) } }],
    ['binary data', { binaryData: { bytes: randomBytes(600 * 1024).toString('base64') } }],
    ['many keys', { data: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`key-${at}`, `${at}`])) }],
    ['keys that mean something to JavaScript', { data: { ['__proto__']: 'a', constructor: 'b', toString: 'c' } }],
    ['nothing', {}],
  ])('a change to %s is a restart, and a stranger waits for none of it', async (_, content) => {
    const workload = `big-${randomUUID().slice(0, 8)}`;
    const body = { metadata: { name, namespace }, data: { first: 'content' } };
    await kube.core.createNamespacedConfigMap({ namespace, body });
    await createDeployment(workload, { configMaps: [name] }, AUTO);
    await strangerTakes();
    await kube.core.replaceNamespacedConfigMap({ namespace, name, body: { metadata: { name }, ...content } });
    const began = Date.now();
    const [takes] = await Promise.all([strangerTakes(), untilAnother(workload, undefined)]);
    expect(takes).toBeLessThan(STRANGER_MS);
    expect(Date.now() - began).toBeLessThan(STRANGER_MS);
    expect(await readiness()).toBe('ok\n');
    await kube.core.deleteNamespacedConfigMap({ namespace, name });
  });

  it('nothing of all this was an error of the agent itself', () => {
    const errors = agent.program.logLines().filter(({ level }) => Number(level) >= 50 || level === 'error');
    expect(errors).toEqual([]);
  });
});
