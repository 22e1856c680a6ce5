import { afterCrash, APP, changed, give, outcomes, permitFor, REVISION } from '../testing/permits';
import { turn } from '../testing/test-clock';

describe('a restart that was written', () => {
  it('fails when its pods crash', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    await give(scene, permit);
    scene.cluster.progress('app');
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' };
    const status = { containerStatuses: [{ name: 'main', restartCount: 3, state: { waiting } }] };
    const annotations = { [REVISION]: permit.restarts[0]?.toRevision ?? '' };
    scene.cluster.podsNow = [{ metadata: { name: 'app-1', uid: 'p', resourceVersion: '1', annotations }, status }];
    await scene.clock.advance(3000);
    expect(outcomes(scene)).toEqual(['ROLLOUT_FAILED CrashLoop']);
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Failed', reason: 'CrashLoop' });
  });

  it('times out', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    scene.cluster.progress('app');
    await scene.clock.advance(59_000);
    expect(outcomes(scene)).toEqual([]);
    await scene.clock.advance(2000);
    expect(outcomes(scene)).toEqual(['TIMEOUT ProgressDeadline']);
    expect(scene.link.results[0]?.message).toContain('0 of 2 new pods exist');
  });

  it('is over only when the workload has stayed ready for as long as the permit says', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene, { minReadySeconds: 30 }));
    scene.cluster.settle('app');
    await scene.clock.advance(20_000);
    scene.cluster.progress('app');
    await scene.clock.advance(10_000);
    scene.cluster.settle('app');
    await scene.clock.advance(29_000);
    expect([outcomes(scene), scene.inventory.workload(APP)?.state]).toEqual([[], 'Restarting']);
    expect(scene.link.phases).toEqual(['RollingOut', 'Available', 'Available']);
    await scene.clock.advance(1500);
    expect(outcomes(scene)).toEqual(['APPLIED']);
  });

  it('may stay ready beyond its deadline, and fails when it does not', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene, { minReadySeconds: 120 }));
    scene.cluster.settle('app');
    await scene.clock.advance(90_000);
    expect(outcomes(scene)).toEqual([]);
    scene.cluster.progress('app');
    await scene.clock.advance(1000);
    expect(outcomes(scene)).toEqual(['TIMEOUT ProgressDeadline']);
  });

  it('rollouts 88: fails when someone puts the old template back, and the workload is behind again', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    scene.cluster.progress('app');
    scene.cluster.annotateTemplate('app', { [REVISION]: undefined });
    await turn();
    expect(outcomes(scene)).toEqual(['ROLLOUT_FAILED Reverted']);
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Failed', reason: 'Reverted' });
    expect(scene.inventory.pendingCount()).toBe(1);
  });

  it('protocol 14: stripped after its end is not repeated, then or by a new agent', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    scene.cluster.settle('app');
    scene.cluster.annotateTemplate('app', { [REVISION]: undefined });
    scene.cluster.settle('app');
    expect(scene.inventory.pendingCount()).toBe(0);
    await scene.inventory.stop();
    expect((await afterCrash(scene)).inventory.pendingCount()).toBe(0);
  });

  it('is overtaken by a newer one, which is followed in its stead', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    scene.cluster.progress('app');
    scene.cluster.secret('db', 'three');
    const second = permitFor(scene, { rollout: 'r-2' });
    await give(scene, { ...second, restarts: second.restarts.map((one) => ({ ...one, permit: 'p-2' })) });
    expect(outcomes(scene)).toEqual(['STALE_REVISION Superseded']);
    scene.cluster.settle('app');
    await turn();
    expect(outcomes(scene)).toEqual(['STALE_REVISION Superseded', 'APPLIED']);
  });

  it('is repeated in earnest when the workload carries the revision but runs something else', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    scene.cluster.settle('app');
    scene.cluster.secret('db', 'three');
    scene.cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': 'now' });
    scene.cluster.settle('app');
    scene.cluster.secret('db', 'two');
    expect(scene.inventory.pendingCount()).toBe(1);
    const again = permitFor(scene, { attempt: 2, fence: 1002 });
    await give(scene, again);
    scene.cluster.settle('app');
    await turn();
    expect(scene.cluster.template('app')['fleet-reloader.io/again']).toBeDefined();
    expect(outcomes(scene)).toEqual(['APPLIED', 'APPLIED']);
    expect(scene.inventory.pendingCount()).toBe(0);
  });
});
