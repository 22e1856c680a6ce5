import type { Permit } from '@app/contracts/wire/hub-messages';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { APP, AUTO, begin, give, outcomes, permitFor, REVISION, type Scene } from '../testing/permits';
import { turn } from '../testing/test-clock';
import type { RestartOptions } from './restart.service';

describe('a forced permit', () => {
  const FORCED = 'fleet-reloader.io/forced';
  const CONSENT = { forcedAllowed: true };

  async function current(options: Partial<RestartOptions>): Promise<Scene> {
    const cluster = new FakeCluster();
    cluster.secret('db', 'one');
    cluster.put('Deployment', 'app', deployment('db', AUTO));
    cluster.settle('app');
    return begin(cluster, options);
  }
  async function settled(scene: Scene): Promise<void> {
    scene.cluster.settle('app');
    await turn();
  }
  function forced(scene: Scene, rollout: string, attempt = 1): Permit {
    const permit = permitFor(scene, { rollout, attempt, fence: 1000 + attempt, force: true, causes: [] });
    return { ...permit, restarts: permit.restarts.map((one) => ({ ...one, permit: `${rollout}.${attempt}` })) };
  }

  it('restarts what is current, once, and writes its rollout in the same PATCH', async () => {
    const scene = await current(CONSENT);
    await give(scene, forced(scene, 'r-1'));
    expect(scene.cluster.template('app')).toMatchObject({ [FORCED]: 'r-1', [REVISION]: expect.any(String) });
    await settled(scene);
    await give(scene, forced(scene, 'r-1'));
    await give(scene, forced(scene, 'r-1', 2));
    await settled(scene);
    expect(outcomes(scene)).toEqual(['APPLIED', 'APPLIED', 'ALREADY_APPLIED']);
    expect(scene.cluster.patches).toHaveLength(1);
  });

  it('that comes again after the agent died is still one restart', async () => {
    const scene = await current(CONSENT);
    await give(scene, forced(scene, 'r-1'));
    scene.cluster.disconnect();
    await turn();
    const reborn = await begin(scene.cluster, CONSENT);
    await give(reborn, forced(reborn, 'r-1'));
    await settled(reborn);
    expect(outcomes(reborn)).toEqual(['ALREADY_APPLIED']);
    expect(scene.cluster.patches).toHaveLength(1);
  });

  it('of the next rollout restarts it again, although the revision is the same', async () => {
    const scene = await current(CONSENT);
    await give(scene, forced(scene, 'r-1'));
    await settled(scene);
    const before = scene.cluster.template('app');
    await give(scene, forced(scene, 'r-2'));
    await settled(scene);
    expect(outcomes(scene)).toEqual(['APPLIED', 'APPLIED']);
    expect(scene.cluster.template('app')).toMatchObject({ [FORCED]: 'r-2', [REVISION]: before[REVISION] });
    expect(scene.cluster.patches).toHaveLength(2);
  });

  it('writes nothing without the consent of whoever runs the agent', async () => {
    const scene = await current({});
    await give(scene, forced(scene, 'r-1'));
    expect(scene.link.results).toMatchObject([
      { outcome: 'LOCALLY_DENIED', reason: 'ForcedNotAllowed', message: expect.stringContaining('--allow-forced') },
    ]);
    expect(scene.cluster.patches).toEqual([]);
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Current', reason: '' });
  });
});
