import type { RolloutView } from '@app/contracts/api/rollout-view';
import { WEB } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { waitFor } from '@test/wait';

jest.setTimeout(60_000);
const SOAK_MS = 2000;

/** From a pod that goes in a cluster to the wave that waits for it: all of it as processes, far below a sweep. */
describe('a wave that soaks while a pod is replaced', () => {
  let fleet: ProcessFleet;

  beforeAll(async () => {
    const soak = { for: `${SOAK_MS}ms`, onRegression: 'reset' };
    fleet = await startSimulatedFleet({
      clusters: { 'dev-1': { env: 'dev' }, 'prod-1': { env: 'prod' } },
      secret: { password: 'a' },
      spec: {
        waves: [
          { name: 'dev', clusters: { selector: 'env=dev' }, soak },
          { name: 'rest', clusters: { rest: true } },
        ],
      },
      podAnnotations: { [POD_BEHAVIOUR.readyAfter]: '700ms' },
    });
  }, 60_000);
  afterAll(() => fleet?.stopAll());

  const seen = (what: string, is: (view: RolloutView) => boolean): Promise<RolloutView> =>
    waitFor(what, async () => {
      const [newest] = (await fleet.rollouts()) ?? [];
      const view = newest && (await fleet.rollout(newest.id));
      return view && is(view) && view;
    });
  const soakUntil = ({ waves }: RolloutView): number => Date.parse(waves[0]?.soakUntil ?? '');

  it('rollouts 16: soaks anew from the moment at which the new pod is ready', async () => {
    await fleet.putSecret({ password: 'b' });
    const before = await seen('the soak', ({ waves }) => waves[0]?.phase === 'Soaking');
    const { core } = fleet.kube('dev-1');
    const { items } = await core.listNamespacedPod({ namespace: WEB.namespace });
    const [name = ''] = items.flatMap(({ metadata }) => (metadata?.deletionTimestamp ? [] : (metadata?.name ?? [])));
    await core.deleteNamespacedPod({ namespace: WEB.namespace, name });
    const done = await seen('the end', ({ phase }) => phase === 'Succeeded');
    expect(soakUntil(done) - soakUntil(before)).toBeGreaterThan(700);
    const prod = done.waves[1]?.targets[0]?.restarts[0];
    expect(Date.parse(prod?.startedAt ?? '')).toBeGreaterThanOrEqual(soakUntil(done));
    expect(await fleet.restarts()).toEqual([1, 1]);
  });
});
