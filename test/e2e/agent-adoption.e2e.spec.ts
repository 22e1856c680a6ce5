import { createHash } from 'node:crypto';
import type { V1Container } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { CustomKinds } from '@test/custom-kinds';
import { KubeClient, type Name } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { pod } from './agent-case-parts';
import { AUTO } from './agent-case-rows';
import { type AnyKind, templateOf, Workloads } from './any-workload';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const MARKER = 'reloader.stakater.com/last-reloaded-from';
const VARIABLE = 'STAKATER_DB_SECRET';
const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let workloads: Workloads;
let sentinels: Sentinels;
const agents: Agent[] = [];

/** What Reloader writes for a Secret with this password. */
const sha1 = (password: string): string => createHash('sha1').update(`password=${password}`).digest('hex');

type Left = Readonly<{ name: string; kind: AnyKind; password: string }>;
type Strategy = 'annotations' | 'env-vars';

/** One workload of each kind that Reloader restarted for what is there, and one that has missed a change. */
const LEFT: readonly Left[] = [
  ...KINDS.map((kind) => ({ name: kind.toLowerCase(), kind, password: 'present' })),
  { name: 'missed', kind: 'Deployment', password: 'former' },
];

beforeAll(async () => {
  cluster = await startCluster('agent-adoption', { bare: true });
  kube = new KubeClient(cluster);
  workloads = new Workloads(kube, new CustomKinds(cluster));
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  for (const strategy of ['annotations', 'env-vars'] as const) {
    await kube.ensureNamespace(strategy);
    await kube.putSecret({ namespace: strategy, name: 'db' }, { password: 'present' });
    for (const left of LEFT) await leave(strategy, left);
  }
  const { kubeconfigPath } = cluster;
  const env = { AGENT_NAMESPACE: 'other-agent' };
  const alone = ['--namespaces=env-vars', '--reload-strategy=env-vars', '--coalesce=200ms'];
  agents.push(await startAgent({ kubeconfigPath, args: alone, env }));
  agents.push(await startAgent({ kubeconfigPath, args: ['--namespaces-to-ignore=env-vars', '--coalesce=200ms'] }));
}, 2 * MINUTES);

afterAll(async () => {
  for (const agent of agents) await agent.program.stop();
  await cluster?.stop();
}, MINUTES);

/** Writes a workload as Reloader has left it. */
function leave(strategy: Strategy, { name, kind, password }: Left): Promise<unknown> {
  const hash = sha1(password);
  const marker = { type: 'SECRET', name: 'db', namespace: strategy, hash, containerRefs: ['main'], observedAt: 1 };
  const uses: Partial<V1Container> = { envFrom: [{ secretRef: { name: 'db' } }] };
  const shape =
    strategy === 'annotations'
      ? { podSpec: pod(uses), templateAnnotations: { [MARKER]: JSON.stringify(marker) } }
      : { podSpec: pod({ ...uses, env: [{ name: VARIABLE, value: hash }] }) };
  return workloads.create(kind, { namespace: strategy, name }, { annotations: AUTO, ...shape });
}

const generations = (strategy: Strategy): Promise<readonly number[]> =>
  Promise.all(
    LEFT.map(async ({ kind, name }) => (await workloads.read(kind, { namespace: strategy, name })).metadata.generation),
  );

const said = (text: string): readonly Record<string, unknown>[] =>
  agents.flatMap(({ program }) => program.logLines()).filter(({ msg }) => msg === text);

const traceOf = async (strategy: Strategy, where: Name): Promise<string> => {
  const { metadata, spec } = templateOf(await workloads.read('Deployment', where));
  return strategy === 'annotations'
    ? (metadata?.annotations?.[MARKER] ?? '')
    : (spec.containers[0]?.env?.find(({ name }) => name === VARIABLE)?.value ?? '');
};

describe('in the place of a running Reloader', () => {
  it(
    'restarts nothing, and tells what Reloader has missed, without its digests',
    async () => {
      await waitFor(
        'the comparison',
        () => said('the marks that Reloader left are compared; nothing restarts').length === 2,
      );
      await sentinels.everythingBeforeIsDone();
      for (const strategy of ['annotations', 'env-vars'] as const) {
        expect(await generations(strategy)).toEqual(LEFT.map(() => 1));
      }
      const missed = said('Reloader has missed a change').map(({ workload }) => workload);
      expect(missed.sort()).toEqual(['Deployment/annotations/missed', 'Deployment/env-vars/missed']);
      const logs = agents.map(({ program }) => program.logs()).join('');
      for (const password of ['present', 'former']) expect(logs).not.toContain(sha1(password));
    },
    MINUTES,
  );

  it.each(['annotations', 'env-vars'] as const)(
    'restarts each once for the next change, over what Reloader left (%s)',
    async (strategy) => {
      await kube.putSecret({ namespace: strategy, name: 'db' }, { password: 'next' });
      await waitFor('the restarts', async () => (await generations(strategy)).every((one) => one === 2));
      for (const { name, kind } of LEFT) {
        const { metadata } = templateOf(await workloads.read(kind, { namespace: strategy, name }));
        expect(metadata?.annotations).toHaveProperty([REVISION]);
      }
      const trace = await traceOf(strategy, { namespace: strategy, name: 'missed' });
      expect(trace).toMatch(/k[0-9a-f]{6}:/);
      expect(trace).not.toContain(sha1('former'));
    },
    MINUTES,
  );
});
