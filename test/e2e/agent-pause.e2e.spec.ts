import { PatchStrategy, setHeaderOptions, type V1Deployment } from '@kubernetes/client-node';
import type { Cluster } from '@test/control-plane/cluster';
import { startCluster } from '@test/control-plane/start-cluster';
import { hasStatus, KubeClient, type Name, type WorkloadOptions } from '@test/kube';
import { type Agent, startAgent } from '@test/processes/start-agent';
import { waitFor } from '@test/wait';
import { AUTO } from './agent-case-rows';
import { Sentinels } from './sentinels';

const REVISION = 'fleet-reloader.io/revision';
const PERIOD = 'deployment.reloader.stakater.com/pause-period';
const PAUSED_AT = 'deployment.reloader.stakater.com/paused-at';
const MINUTES = 60_000;

let cluster: Cluster;
let kube: KubeClient;
let sentinels: Sentinels;
let agent: Agent;

beforeAll(async () => {
  cluster = await startCluster('agent-pause');
  kube = new KubeClient(cluster);
  sentinels = new Sentinels(kube);
  await sentinels.prepare();
  agent = await startAgent({ kubeconfigPath: cluster.kubeconfigPath, args: ['--coalesce=200ms'] });
}, 3 * MINUTES);

afterAll(async () => {
  await agent?.program.stop();
  await cluster?.stop();
}, MINUTES);

async function running(namespace: string, options: WorkloadOptions): Promise<Name> {
  const where = { namespace, name: 'app' };
  await kube.ensureNamespace(namespace);
  await change(where, 'first');
  await kube.createDeployment(where, {
    envSecrets: ['db'],
    ...options,
    annotations: { ...AUTO, ...options.annotations },
  });
  await kube.untilRolledOut('Deployment', where);
  await sentinels.everythingBeforeIsDone();
  return where;
}

const change = (where: Name, password: string): Promise<void> => kube.putSecret({ ...where, name: 'db' }, { password });

const read = (where: Name): Promise<V1Deployment> => kube.apps.readNamespacedDeployment(where);
const pausedAt = ({ metadata }: V1Deployment): string | undefined => metadata?.annotations?.[PAUSED_AT];
const revisionOf = ({ spec }: V1Deployment): string | undefined => spec?.template.metadata?.annotations?.[REVISION];

const untilRevision = (where: Name, than?: string): Promise<V1Deployment> =>
  waitFor(`${where.namespace} to have another revision`, async () => {
    const found = await read(where);
    return revisionOf(found) !== than && found;
  });

const untilResumed = (where: Name): Promise<V1Deployment> =>
  waitFor(`${where.namespace} to be resumed`, async () => {
    const found = await read(where);
    return found.spec?.paused !== true && found;
  });

/** A person's write, in the place of kubectl. */
async function edit(where: Name, how: (deployment: V1Deployment) => void): Promise<void> {
  const body = await read(where);
  how(body);
  try {
    await kube.apps.replaceNamespacedDeployment({ ...where, body });
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    await edit(where, how);
  }
}

const notes = async ({ namespace }: Name, reason: string): Promise<readonly string[]> => {
  const { items } = await kube.core.listNamespacedEvent({ namespace });
  return items.filter((event) => event.reason === reason).map(({ message = '' }) => message);
};

describe('a pause period', () => {
  it(
    'agent 161, 164, 165: holds the pods back, takes a second change in, and ends by the first',
    async () => {
      const where = await running('paused', { annotations: { [PERIOD]: '3s' } });
      await change(where, 'second');
      const first = await untilRevision(where);
      expect(first.spec?.paused).toBe(true);
      expect(Date.parse(pausedAt(first) ?? '')).toBeGreaterThan(Date.now() - 10_000);
      await change(where, 'third');
      const second = await untilRevision(where, revisionOf(first));
      expect([pausedAt(second), second.spec?.paused]).toEqual([pausedAt(first), true]);
      expect(await kube.replicaSets(where)).toHaveLength(1);
      const resumed = await untilResumed(where);
      expect(Date.now() - Date.parse(pausedAt(first) ?? '')).toBeGreaterThanOrEqual(3000);
      expect(pausedAt(resumed)).toBeUndefined();
      await kube.untilRolledOut('Deployment', where);
      expect(await kube.replicaSets(where)).toHaveLength(2);
      expect(revisionOf(await read(where))).toBe(revisionOf(second));
    },
    MINUTES,
  );

  it('agent 162: is no pause where none is asked for', async () => {
    const where = await running('unpaused', {});
    await change(where, 'second');
    const restarted = await untilRevision(where);
    expect([pausedAt(restarted), restarted.spec?.paused]).toEqual([undefined, undefined]);
  });

  it(
    'agent 163, 167: on the pod template; an agent that was killed meanwhile ends it in time',
    async () => {
      const where = await running('killed', { podAnnotations: { [PERIOD]: '2s' } });
      await change(where, 'second');
      expect(pausedAt(await untilRevision(where))).toBeDefined();
      await agent.program.kill('SIGKILL');
      await agent.program.restart();
      await untilResumed(where);
      await kube.untilRolledOut('Deployment', where);
      expect(await kube.replicaSets(where)).toHaveLength(2);
    },
    MINUTES,
  );

  it(
    'agent 166: what a person paused gets the new template, says so, and is resumed by that person alone',
    async () => {
      const where = await running('by-hand', { annotations: { [PERIOD]: '100ms' } });
      await edit(where, ({ spec }) => Object.assign(spec ?? {}, { paused: true }));
      await change(where, 'second');
      const patched = await untilRevision(where);
      expect([patched.spec?.paused, pausedAt(patched)]).toEqual([true, undefined]);
      await sentinels.everythingBeforeIsDone();
      expect((await read(where)).spec?.paused).toBe(true);
      await waitFor('the Event', async () => (await notes(where, 'Reloaded')).some((note) => note.includes('resumed')));
      await edit(where, ({ spec }) => Object.assign(spec ?? {}, { paused: false }));
      await kube.untilRolledOut('Deployment', where);
      expect(await kube.replicaSets(where)).toHaveLength(2);
    },
    MINUTES,
  );

  it(
    'agent 168: that is no duration keeps that Deployment back and says so once; another restarts; mended, it does too',
    async () => {
      const where = await running('invalid', { annotations: { [PERIOD]: 'soon' } });
      await kube.createDeployment({ ...where, name: 'other' }, { envSecrets: ['db'], annotations: AUTO });
      await sentinels.everythingBeforeIsDone();
      await change(where, 'second');
      await untilRevision({ ...where, name: 'other' });
      await sentinels.everythingBeforeIsDone();
      expect(revisionOf(await read(where))).toBeUndefined();
      expect(await notes(where, 'InvalidAnnotation')).toEqual([expect.stringContaining('"soon"')]);
      await edit(where, ({ metadata }) => Object.assign(metadata?.annotations ?? {}, { [PERIOD]: '100ms' }));
      await untilRevision(where);
    },
    MINUTES,
  );

  it.each(['StatefulSet', 'DaemonSet'] as const)(
    'agent 169: on a %s is told to be of no use, and it restarts',
    async (kind) => {
      const where = { namespace: `pause-${kind.toLowerCase()}`, name: 'app' };
      await kube.ensureNamespace(where.namespace);
      await change(where, 'first');
      const options = { envSecrets: ['db'], annotations: { ...AUTO, [PERIOD]: '1h' } };
      if (kind === 'StatefulSet') await kube.createStatefulSet(where, options);
      else await kube.createDaemonSet(where, options);
      await sentinels.everythingBeforeIsDone();
      await change(where, 'second');
      await waitFor('its restart', async () => REVISION in (await kube.podAnnotations(kind, where)));
      expect(await notes(where, 'InvalidAnnotation')).toEqual([expect.stringContaining('Deployments only')]);
    },
    MINUTES,
  );
});

describe('without a hub, what a new template alone does not restart', () => {
  it(
    'gets it all the same, and an Event says what will restart it',
    async () => {
      const where = { namespace: 'on-delete', name: 'app' };
      await kube.ensureNamespace(where.namespace);
      await change(where, 'first');
      await kube.createDaemonSet(where, { envSecrets: ['db'], annotations: AUTO });
      const onDelete = { spec: { updateStrategy: { $retainKeys: ['type'], type: 'OnDelete' } } };
      const how = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
      await kube.apps.patchNamespacedDaemonSet({ ...where, body: onDelete }, how);
      const none = { namespace: 'none', name: 'app' };
      await running('none', { replicas: 0 });
      await change(where, 'second');
      await change(none, 'second');
      await waitFor('the DaemonSet', async () => REVISION in (await kube.podAnnotations('DaemonSet', where)));
      await untilRevision(none);
      for (const [one, text] of [
        [where, 'when someone deletes them'],
        [none, 'no replicas'],
      ] as const) {
        await waitFor('the Event', async () => (await notes(one, 'Reloaded')).some((note) => note.includes(text)));
      }
      await sentinels.everythingBeforeIsDone();
      expect((await kube.apps.readNamespacedDaemonSet(where)).metadata?.generation).toBe(3);
    },
    MINUTES,
  );
});
