import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ConvergenceView } from '@app/contracts/api/views';
import { SECRET, WEB } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import type { Name } from '@test/kube';
import { POD_BEHAVIOUR } from '@test/pod-template';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

/** A second workload with a Secret of its own, for a second failure. */
const QUEUE: Name = { namespace: 'shop', name: 'queue' };
const CRASHES_WHEN_RESTARTED = { [POD_BEHAVIOUR.restarted]: 'crash' };

const targets = (rollout: RolloutView): Record<string, unknown> =>
  Object.fromEntries(
    rollout.waves.flatMap((wave) =>
      wave.targets.map(({ cluster, phase, reason, attempt }) => [cluster, { phase, reason, attempt }]),
    ),
  );

describe('a restart that breaks the workload in the first of three real clusters', () => {
  let fleet: ProcessFleet;
  let id: string;

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { 'dev-1': { env: 'dev' }, 'staging-1': { env: 'staging' }, 'prod-1': { env: 'prod' } },
      secret: { password: 'a' },
      rollout: '@env=dev, @env=staging, rest / 1s',
      podAnnotationsIn: { 'dev-1': CRASHES_WHEN_RESTARTED },
    });
  });
  afterAll(() => fleet?.stopAll());

  const convergence = (source: Name): Promise<ConvergenceView['items']> =>
    fleet.items(`/convergence?kind=Secret&namespace=${source.namespace}&name=${source.name}`);
  const states = async (source: Name): Promise<string[]> =>
    (await convergence(source)).map(({ cluster, state }) => `${cluster} ${state}`);
  const expectUntouched = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const { metadata } = await fleet.kube(name).read('Deployment', WEB);
      expect(metadata?.generation).toBe(1);
      expect(await fleet.kube(name).replicaSets(WEB)).toHaveLength(1);
    }
  };
  const haltedAgain = (attempt: number): Promise<RolloutView> =>
    waitFor(`attempt ${attempt} to fail`, async () => {
      const rollout = await fleet.rollout(id);
      return rollout.phase === 'Halted' && rollout.waves[0]?.targets[0]?.attempt === attempt && rollout;
    });

  it('halts the rollout with what a person has to look at, and leaves the other clusters alone', async () => {
    await fleet.putSecret({ password: 'b' });
    const rollout = await fleet.untilRollouts(1, 'Halted');
    id = rollout.id;

    expect(rollout.reason).toBe('FailureLimit');
    expect(rollout.message).toMatch(/dev-1 .*Deployment\/shop\/web: container main of pod web-\S+: CrashLoopBackOff/);
    expect(rollout.message).toContain('back-off restarting failed container; last exit code 1');
    expect(rollout.allowed).toEqual(expect.arrayContaining(['retry', 'skip', 'cancel']));
    expect(targets(rollout)).toEqual({
      'dev-1': { phase: 'Failed', reason: 'CrashLoop', attempt: 1 },
      'staging-1': { phase: 'Pending', reason: 'Wave', attempt: 0 },
      'prod-1': { phase: 'Pending', reason: 'Wave', attempt: 0 },
    });
    await expectUntouched('staging-1', 'prod-1');
    expect((await states(SECRET)).join()).not.toContain('Converged');
  });

  it('halts again when it is retried before anything was mended, without another restart', async () => {
    await fleet.call('POST', `/rollouts/${id}:retry`, { reason: 'perhaps it was the weather' });
    const rollout = await haltedAgain(2);
    expect(rollout.message).toContain('CrashLoopBackOff');
    expect(await fleet.restarts()).toEqual([1, 0, 0]);
    await expectUntouched('staging-1', 'prod-1');
  });

  it('rollouts 28: is finished by a retry once the workload is mended, with the soak of each wave', async () => {
    const path = `/spec/template/metadata/annotations/${POD_BEHAVIOUR.restarted.replace('/', '~1')}`;
    await fleet.kube('dev-1').apps.patchNamespacedDeployment({ ...WEB, body: [{ op: 'remove', path }] });
    await fleet.kube('dev-1').untilRolledOut('Deployment', WEB);
    await expectUntouched('staging-1', 'prod-1');

    await fleet.call('POST', `/rollouts/${id}:retry`, { reason: 'the image was mended' });
    const rollout = await fleet.untilRollouts(1, 'Succeeded');
    expect(targets(rollout)).toEqual({
      'dev-1': { phase: 'Succeeded', reason: '', attempt: 3 },
      'staging-1': { phase: 'Succeeded', reason: '', attempt: 1 },
      'prod-1': { phase: 'Succeeded', reason: '', attempt: 1 },
    });
    expect(rollout.waves.map(({ phase, soakUntil }) => [phase, soakUntil !== null])).toEqual([
      ['Succeeded', true],
      ['Succeeded', true],
      ['Succeeded', false],
    ]);
    expect(await fleet.restarts()).toEqual([2, 1, 1]); // in dev-1 one by us, one by whoever mended it
    expect(await states(SECRET)).toEqual(['dev-1 Converged', 'prod-1 Converged', 'staging-1 Converged']);
  });

  it('rollouts 34: goes on without the failed cluster when a person skips it, and does not call it converged', async () => {
    await Promise.all(fleet.names.map(addQueue));
    const known = async (): Promise<number> =>
      (await fleet.items<{ name: string }>('/workloads')).filter(({ name }) => name === QUEUE.name).length;
    await waitFor('the hub to know the second workload', async () => (await known()) === fleet.names.length);
    await Promise.all(fleet.names.map((name) => fleet.kube(name).putSecret(QUEUE, { url: 'b' })));
    const isHalted = ({ phase }: { phase: string }): boolean => phase === 'Halted';
    const halted = await waitFor('the rollout to halt', async () => (await fleet.rollouts())?.find(isHalted));

    await fleet.call('POST', `/rollouts/${halted.id}:skip`, { cluster: 'dev-1', reason: 'dev is given up' });
    const rollout = await fleet.untilRollouts(2, 'Succeeded');
    expect(targets(rollout)).toEqual({
      'dev-1': { phase: 'Skipped', reason: 'ByUser', attempt: 1 },
      'staging-1': { phase: 'Succeeded', reason: '', attempt: 1 },
      'prod-1': { phase: 'Succeeded', reason: '', attempt: 1 },
    });
    expect(rollout.waves[0]?.targets[0]?.message).toContain('dev is given up');
    expect(rollout.counts).toMatchObject({ succeeded: 2, skipped: 1 });
    expect(await states(QUEUE)).toEqual(['dev-1 Behind', 'prod-1 Converged', 'staging-1 Converged']);
  });

  async function addQueue(cluster: string): Promise<void> {
    const kube = fleet.kube(cluster);
    await kube.putSecret(QUEUE, { url: 'a' });
    await kube.createDeployment(QUEUE, {
      annotations: { 'fleet-reloader.io/auto': 'true' },
      envSecrets: [QUEUE.name],
      podAnnotations: cluster === 'dev-1' ? CRASHES_WHEN_RESTARTED : {},
    });
    await kube.untilRolledOut('Deployment', QUEUE);
  }
});
