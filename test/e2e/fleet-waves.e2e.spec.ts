import type { ConvergenceView } from '@app/contracts/api/views';
import { SECRET, WEB } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

/** The policy's soak, in milliseconds. Kubernetes tells time in whole seconds: rounding down can not shorten it. */
const SOAK_MS = 2_000;
const EVENTS = 1_000;
const AT_ONCE = 10;

/** Another Secret and its user: when its change is carried out, what was due before it has been done, or never will. */
const TICK = { namespace: 'shop', name: 'tick' };

const millis = (time: Date | undefined): number => time?.getTime() ?? NaN;

describe('a Secret that changes in three real clusters', () => {
  let fleet: ProcessFleet;

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { 'dev-1': { env: 'dev' }, 'staging-1': { env: 'staging' }, 'prod-1': { env: 'prod' } },
      secret: { password: 'a' },
      rollout: '@env=dev, @env=staging, rest / 2s',
    });
  });
  afterAll(() => fleet?.stopAll());

  const generations = (): Promise<(number | undefined)[]> =>
    Promise.all(fleet.names.map(async (name) => (await fleet.kube(name).read('Deployment', WEB)).metadata?.generation));

  /** When the newest ReplicaSet was made and when its pod became ready, as the cluster's own control plane says. */
  async function latestRestart(name: string): Promise<{ made: number; ready: number }> {
    const kube = fleet.kube(name);
    const set = (await kube.replicaSets(WEB)).at(-1);
    const { items } = await kube.core.listNamespacedPod({ namespace: WEB.namespace });
    const pod = items.find(({ metadata }) => metadata?.ownerReferences?.[0]?.uid === set?.metadata?.uid);
    const ready = pod?.status?.conditions?.find(({ type }) => type === 'Ready');
    return { made: millis(set?.metadata?.creationTimestamp), ready: millis(ready?.lastTransitionTime) };
  }

  const convergence = (): Promise<ConvergenceView['items']> =>
    fleet.items(`/convergence?kind=Secret&namespace=${SECRET.namespace}&name=${SECRET.name}`);

  /** The revision of the Secret that the hub knows in a cluster. */
  async function knownRevision(cluster: string): Promise<string | null | undefined> {
    return (await convergence()).find((item) => item.cluster === cluster)?.revision;
  }

  /** Writes what nobody uses: each write is one more event with the same content. */
  async function touch(name: string, times: number): Promise<void> {
    const numbers = Array.from({ length: times }, (_, index) => index);
    const { core } = fleet.kube(name);
    const worker = async (): Promise<void> => {
      for (let n = numbers.pop(); n !== undefined; n = numbers.pop()) {
        const body = [{ op: 'add', path: '/metadata/annotations', value: { touched: String(n) } }];
        await core.patchNamespacedSecret({ ...SECRET, body });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  it('is adopted without a restart', async () => {
    expect(await fleet.restarts()).toEqual([0, 0, 0]);
    expect(await generations()).toEqual([1, 1, 1]);
    expect(await fleet.rollouts()).toEqual([]);
  });

  it('rollouts 13: restarts its user wave by wave, each once, with the whole soak between', async () => {
    await fleet.putSecret({ password: 'b' });
    const rollout = await fleet.untilRollouts(1, 'Succeeded');

    const [dev, staging, prod] = await Promise.all(fleet.names.map(latestRestart));
    expect(staging!.made - dev!.ready).toBeGreaterThanOrEqual(SOAK_MS);
    expect(prod!.made - staging!.ready).toBeGreaterThanOrEqual(SOAK_MS);
    expect(await fleet.restarts()).toEqual([1, 1, 1]);
    expect(await generations()).toEqual([2, 2, 2]);
    expect(rollout.waves.map(({ phase, targets }) => [phase, targets.map(({ cluster }) => cluster)])).toEqual([
      ['Succeeded', ['dev-1']],
      ['Succeeded', ['staging-1']],
      ['Succeeded', ['prod-1']],
    ]);
  });

  it('proves where the new revision runs, by workloads and by pods', async () => {
    const proof = { state: 'Converged', workloads: { total: 1, current: 1 }, pods: { total: 1, current: 1 } };
    expect(await convergence()).toMatchObject(
      ['dev-1', 'prod-1', 'staging-1'].map((cluster) => ({ cluster, ...proof })),
    );
  });

  it('rollouts 42: restarts nothing when it is changed back before anything was dispatched', async () => {
    const kube = fleet.kube('dev-1');
    await kube.putSecret(TICK, { beat: '1' });
    await kube.createDeployment(TICK, { annotations: { 'fleet-reloader.io/auto': 'true' }, secrets: [TICK.name] });
    const isKnown = async (): Promise<boolean> =>
      (await fleet.items<{ name: string }>('/workloads')).some(({ name }) => name === TICK.name);
    await waitFor('the hub to know the second workload', isKnown);

    const before = await knownRevision('dev-1');
    await fleet.putSecret({ password: 'c' });
    await waitFor('the hub to know the change', async () => (await knownRevision('dev-1')) !== before);
    await fleet.putSecret({ password: 'b' });
    await waitFor('the hub to know the change back', async () => (await knownRevision('dev-1')) === before);
    await kube.putSecret(TICK, { beat: '2' }); // its quiet period ends last
    const rollout = await fleet.untilRollouts(2, 'Succeeded');

    expect(rollout.cause.sources.map(({ name }) => name)).toEqual([TICK.name]);
    expect(await fleet.restarts()).toEqual([1, 1, 1]);
  });

  it('rollouts 38, 43: restarts once for a change that is told a thousand times over', async () => {
    const before = await knownRevision('dev-1');
    await touch('dev-1', EVENTS / 2); // of the old content
    await fleet.putSecret({ password: 'd' });
    await touch('dev-1', EVENTS / 2); // of the new one, while it rolls
    const rollout = await fleet.untilRollouts(3, 'Succeeded');

    expect(rollout.cause.sources.map(({ cluster }) => cluster)).toEqual(['dev-1', 'prod-1', 'staging-1']);
    expect(await fleet.restarts()).toEqual([2, 2, 2]);
    expect(await knownRevision('dev-1')).not.toBe(before);
  });
});
