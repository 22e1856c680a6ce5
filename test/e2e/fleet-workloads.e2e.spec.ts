import { KubeConfig, PolicyV1Api } from '@kubernetes/client-node';
import type { PlanView } from '@app/contracts/api/views';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import { WEB } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import type { KubeClient, Name } from '@test/kube';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

const CLUSTER = 'solo-1';
const NAMESPACE = 'odd';
const KEYS: Name = { namespace: NAMESPACE, name: 'keys' };
const AUTO = { annotations: { 'fleet-reloader.io/auto': 'true' }, envSecrets: [KEYS.name] };
const MIN_READY_MS = 3_000;

const named = (name: string): Name => ({ namespace: NAMESPACE, name });

interface KnownWorkload {
  readonly name: string;
  readonly state: string;
  readonly want: string | null;
  readonly have: string | null;
  readonly reason: string;
  readonly proof: string;
  readonly still?: string;
  readonly budget?: string;
}

/** Workloads of all sorts, in a cluster with a real control plane. */
describe('what kinds of workloads come to in a rollout', () => {
  let fleet: ProcessFleet;
  let kube: KubeClient;
  let rollouts = 0;

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { [CLUSTER]: { env: 'dev' } },
      secret: { password: 'a' },
      rollout: 'all',
      spec: { target: { minReady: `${MIN_READY_MS}ms` } },
    });
    kube = fleet.kube(CLUSTER);
    await kube.ensureNamespace(NAMESPACE);
    await kube.putSecret(KEYS, { value: 'a' });
  });
  afterAll(() => fleet?.stopAll());

  const known = (): Promise<KnownWorkload[]> => fleet.items<KnownWorkload>(`/workloads?namespace=${NAMESPACE}`);
  const untilKnown = (what: string, wanted: (all: readonly KnownWorkload[]) => boolean): Promise<unknown> =>
    waitFor(what, async () => wanted(await known()), { intervalMs: 50 });
  const of = (all: readonly KnownWorkload[], name: string): KnownWorkload | undefined =>
    all.find((one) => one.name === name);

  async function next(): Promise<RolloutView> {
    rollouts += 1;
    return fleet.untilRollouts(rollouts, 'Succeeded');
  }

  it('holds a restart until its workload has stayed ready for as long as the policy wants', async () => {
    await fleet.putSecret({ password: 'b' });
    const rollout = await next();
    const [restart] = rollout.waves[0]?.targets[0]?.restarts ?? [];
    const { items } = await kube.core.listNamespacedPod({ namespace: WEB.namespace });
    const ready = items.flatMap(({ status }) => status?.conditions ?? []).filter(({ type }) => type === 'Ready');
    const since = Math.max(...ready.map(({ lastTransitionTime }) => lastTransitionTime?.getTime() ?? NaN));
    expect(Date.parse(restart?.finishedAt ?? '') - since).toBeGreaterThanOrEqual(MIN_READY_MS);
    expect(await fleet.restarts()).toEqual([1]);
  });

  it('rollouts 86: skips what would start no pod and takes a partition for a part, each with a sentence', async () => {
    await kube.createStatefulSet(named('on-delete'), AUTO);
    await kube.createDeployment(named('paused'), AUTO);
    await kube.createDeployment(named('empty'), { ...AUTO, replicas: 0 });
    await kube.createStatefulSet(named('parted'), { ...AUTO, replicas: 3 });
    await kube.untilRolledOut('Deployment', named('paused'));
    for (const name of ['on-delete', 'parted']) await kube.untilRolledOut('StatefulSet', named(name));
    await change('on-delete', 'StatefulSet', { updateStrategy: { type: 'OnDelete' } });
    await change('parted', 'StatefulSet', {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });
    await change('paused', 'Deployment', { paused: true });
    const reasons = (all: readonly KnownWorkload[]): unknown[] =>
      ['on-delete', 'paused', 'empty', 'parted'].map((name) => of(all, name)?.still ?? of(all, name)?.state);
    const wanted = ['OnDelete', 'PausedWorkload', 'ScaledToZero', 'Current'];
    await untilKnown('the hub to know them', (all) => reasons(all).join() === wanted.join());

    const plan = await fleet.call<PlanView>('POST', '/plans', { source: { kind: 'Secret', ...KEYS } });
    expect(plan.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['ON_DELETE', 'PAUSED', 'SCALED_TO_ZERO']),
    );
    await kube.putSecret(KEYS, { value: 'b' });
    const rollout = await next();
    const restarts = rollout.waves.flatMap(({ targets }) => targets.flatMap((target) => target.restarts));
    const ends = restarts.map(({ name, phase, reason }) => [name, phase, reason]).sort();
    expect(ends).toEqual([
      ['empty', 'Skipped', 'ScaledToZero'],
      ['on-delete', 'Skipped', 'OnDelete'],
      ['parted', 'Succeeded', 'Partial'],
      ['paused', 'Skipped', 'PausedWorkload'],
    ]);
    expect(restarts.filter(({ message }) => message === '')).toEqual([]);
    await Promise.all([
      kube.apps.deleteNamespacedStatefulSet(named('on-delete')),
      kube.apps.deleteNamespacedStatefulSet(named('parted')),
      kube.apps.deleteNamespacedDeployment(named('paused')),
      kube.apps.deleteNamespacedDeployment(named('empty')),
    ]);
    await untilKnown('them to be gone', (all) => all.length === 0);
  });

  it('tells in a plan of a budget that lets no pod go', async () => {
    await kube.createDeployment(named('strict'), { ...AUTO, replicas: 2 });
    await kube.untilRolledOut('Deployment', named('strict'));
    const config = new KubeConfig();
    config.loadFromFile(fleet.cluster(CLUSTER).kubeconfigPath);
    const policy = config.makeApiClient(PolicyV1Api);
    const spec = { minAvailable: 2, selector: { matchLabels: { app: 'strict' } } };
    const body = { metadata: named('never'), spec };
    await policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body });
    await untilKnown('the budget', (all) => of(all, 'strict')?.budget === 'never');
    const ask = (): Promise<PlanView> => fleet.call('POST', '/plans', { source: { kind: 'Secret', ...KEYS } });
    const warning = (await ask()).warnings.find(({ code }) => code === 'PDB');
    expect(warning).toMatchObject({
      subject: CLUSTER,
      detail: expect.stringContaining(`Deployment/${NAMESPACE}/strict`),
    });
    await policy.deleteNamespacedPodDisruptionBudget({ namespace: NAMESPACE, name: 'never' });
    await untilKnown('the end of the budget', (all) => of(all, 'strict')?.budget === undefined);
    await kube.apps.deleteNamespacedDeployment(named('strict'));
    await untilKnown('it to be gone', (all) => all.length === 0);
  });

  it('rollouts 91: there and back, what has pods of the time in between restarts once, and nothing else', async () => {
    for (const name of ['moved', 'stayed']) {
      await kube.createDeployment(named(name), { ...AUTO, replicas: 3 });
      await kube.untilRolledOut('Deployment', named(name));
    }
    await untilKnown('both', (all) => ['moved', 'stayed'].every((name) => of(all, name)?.state === 'Current'));
    const hold = await fleet.call<{ id: string }>('POST', '/holds', { scope: { all: true }, reason: 'there and back' });
    await nextSecond(); // times of the cluster have no fraction: no pod is started in the second of the change
    await kube.putSecret(KEYS, { value: 'c' });
    await untilKnown('the change', (all) => all.every(({ state }) => state === 'Pending'));
    const other = of(await known(), 'moved')?.want;
    const { items } = await kube.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: 'app=moved' });
    for (const { metadata } of items.slice(0, 2)) {
      await kube.core.deleteNamespacedPod({ namespace: NAMESPACE, name: metadata?.name ?? '' });
    }
    await kube.untilRolledOut('Deployment', named('moved'));
    await kube.putSecret(KEYS, { value: 'b' });
    await untilKnown('what is behind', (all) => {
      const [moved, stayed] = [of(all, 'moved'), of(all, 'stayed')];
      const isOnOther = moved?.have === other && moved?.proof === 'inferred';
      return moved?.reason === 'PodsBehind' && isOnOther && stayed?.state === 'Current';
    });
    await fleet.call('DELETE', `/holds/${hold.id}`);
    await untilKnown('the way back', (all) => all.every(({ state }) => state === 'Current'));
    const rollout = await waitFor('its rollout', async () => {
      const [newest] = (await fleet.rollouts()) ?? [];
      return newest?.phase === 'Succeeded' && fleet.rollout(newest.id);
    });
    const restarts = rollout.waves.flatMap(({ targets }) => targets.flatMap((target) => target.restarts));
    expect(restarts.filter(({ phase }) => phase === 'Succeeded').map(({ name }) => name)).toEqual(['moved']);
    expect(restarts.filter(({ name }) => name === 'stayed').map(({ reason }) => reason)).toEqual(
      restarts.length === 1 ? [] : ['AlreadyCurrent'],
    );
    const sets = await Promise.all(
      ['moved', 'stayed'].map(async (name) => (await kube.replicaSets(named(name))).length),
    );
    expect(sets).toEqual([2, 1]);
  });

  async function change(name: string, kind: 'Deployment' | 'StatefulSet', spec: object): Promise<void> {
    const body = Object.entries(spec).map(([key, value]: [string, unknown]) => ({
      op: 'add',
      path: `/spec/${key}`,
      value,
    }));
    if (kind === 'Deployment') await kube.apps.patchNamespacedDeployment({ ...named(name), body });
    else await kube.apps.patchNamespacedStatefulSet({ ...named(name), body });
  }
});

const nextSecond = (): Promise<unknown> => {
  const until = Math.floor(Date.now() / 1000) + 1;
  return waitFor('the next second', () => Date.now() / 1000 >= until + 0.05, { intervalMs: 20 });
};
