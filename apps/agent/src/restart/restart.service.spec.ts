import { deployment, FakeCluster } from '../testing/fake-cluster';
import { afterCrash, APP, AUTO, begin, changed, give, hubNow, outcomes, permitFor, REVISION } from '../testing/permits';
import { turn } from '../testing/test-clock';

describe('a permit', () => {
  it('becomes one PATCH, and is answered when the pods run', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    await give(scene, permit);
    expect(scene.cluster.template('app')).toMatchObject({
      [REVISION]: permit.restarts[0]?.toRevision,
      'fleet-reloader.io/rollout': 'r-1',
    });
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Restarting', proof: 'exact' });
    expect(scene.link.results).toEqual([]);
    scene.cluster.settle('app');
    await turn();
    expect(scene.link.results).toMatchObject([
      { outcome: 'APPLIED', reason: '', permit: 'p-1', pods: { desired: 2, ready: 2 } },
    ]);
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Current', proof: 'exact' });
    expect(scene.cluster.patches).toHaveLength(1);
  });

  it("agent 94: leaves Reloader's marker, with a keyed revision in it", async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    const marker: unknown = JSON.parse(scene.cluster.template('app')['reloader.stakater.com/last-reloaded-from'] ?? '');
    expect(marker).toEqual({
      type: 'SECRET',
      name: 'db',
      namespace: 'shop',
      hash: scene.inventory.source('Secret/shop/db')?.revision,
      containerRefs: ['main'],
      observedAt: expect.any(Number) as number,
    });
  });

  it('agent 98: is told by an Event on the workload, and by one on the source', async () => {
    const scene = await changed();
    await give(scene, permitFor(scene));
    expect(scene.cluster.events).toMatchObject([
      {
        type: 'Normal',
        reason: 'Reloaded',
        note: "Changes detected in 'db' of type 'SECRET' in namespace 'shop', Updated 'app' of type 'Deployment' in namespace 'shop'",
        regarding: { kind: 'Deployment', name: 'app' },
      },
      { type: 'Normal', reason: 'Reloaded', regarding: { kind: 'Secret', name: 'db', uid: 'uid-1' } },
    ]);
  });

  it('protocol 6: delivered a hundred times, is one restart and one answer each time after it', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    for (let i = 0; i < 100; i += 1) scene.link.handler?.permit(permit, hubNow);
    await turn();
    scene.cluster.settle('app');
    await turn();
    expect(scene.cluster.patches).toHaveLength(1);
    expect(outcomes(scene)).toEqual(['APPLIED']);
    await give(scene, permit);
    expect(scene.cluster.patches).toHaveLength(1);
    expect(outcomes(scene)).toEqual(['APPLIED', 'APPLIED']);
  });

  it('protocol 11: that waits for its turn outlives fifty updates of its workload', async () => {
    const scene = await changed();
    const { cluster } = scene;
    const others = Array.from({ length: 8 }, (_, at) => `other-${at}`);
    for (const name of others) cluster.put('Deployment', name, deployment('db', AUTO));
    cluster.secret('db', 'three');
    await turn();
    const restarts = [...others, 'app'].map((name) => {
      const fact = scene.inventory.workload(`Deployment/shop/${name}`);
      const workload = { kind: 'Deployment', namespace: 'shop', name } as const;
      return { permit: `p-${name}`, workload, uid: fact?.uid ?? '', toRevision: fact?.want ?? '' };
    });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    cluster.beforePatch = () => held;
    await give(scene, permitFor(scene, { restarts }));
    expect(cluster.patches.map(({ workload }) => workload.name)).toEqual(others);
    for (let at = 0; at < 50; at += 1) {
      cluster.annotateTemplate('app', { 'somebody/else': String(at) });
      await turn();
    }
    release();
    await turn();
    cluster.settle('app');
    await turn();
    expect(cluster.patches.filter(({ workload }) => workload.name === 'app')).toHaveLength(1);
    expect(scene.link.results).toContainEqual(expect.objectContaining({ permit: 'p-app', outcome: 'APPLIED' }));
  });

  it('protocol 4, rollouts 47: delivered again after a crash, is not carried out again and waits for the pods', async () => {
    const first = await changed();
    const permit = permitFor(first);
    await give(first, permit);
    const second = await afterCrash(first);
    await give(second, permit);
    expect([outcomes(second), second.link.phases]).toEqual([[], ['RollingOut']]);
    second.cluster.settle('app');
    await turn();
    expect(outcomes(second)).toEqual(['ALREADY_APPLIED']);
    expect(second.cluster.patches).toHaveLength(1);
    const third = await afterCrash(second);
    await give(third, permit);
    expect([outcomes(third), third.link.phases]).toEqual([['ALREADY_APPLIED'], []]);
  });

  it('rollouts 57: ordered again by a hub that has not heard, tells that it is under way', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    await give(scene, permit);
    await give(scene, permit);
    expect([outcomes(scene), scene.link.phases]).toEqual([[], ['RollingOut', 'RollingOut']]);
    expect(scene.cluster.patches).toHaveLength(1);
  });

  it('protocol 8: for content that moved on is refused', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    scene.cluster.secret('db', 'three');
    await give(scene, permit);
    expect(outcomes(scene)).toEqual(['STALE_REVISION StaleRevision']);
    expect(scene.cluster.patches).toEqual([]);
  });

  it('protocol 10: for a workload that was made anew is refused', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    scene.cluster.remove('Deployment', 'app');
    scene.cluster.put('Deployment', 'app', deployment('db', AUTO));
    await give(scene, permit);
    expect(outcomes(scene)).toEqual(['SUPERSEDED_UID SupersededUid']);
  });

  it('protocol 7: that someone else carried out meanwhile is followed, not repeated', async () => {
    const scene = await changed();
    const permit = permitFor(scene);
    scene.cluster.beforePatch = () => {
      scene.cluster.beforePatch = () => undefined;
      scene.cluster.annotateTemplate('app', { [REVISION]: permit.restarts[0]?.toRevision });
    };
    await give(scene, permit);
    scene.cluster.settle('app');
    await turn();
    expect(outcomes(scene)).toEqual(['ALREADY_APPLIED']);
    expect(scene.cluster.object('Deployment', 'app')?.metadata.generation).toBe(2);
  });

  it('meets a conflict with a new look and a second PATCH', async () => {
    const scene = await changed();
    scene.cluster.beforePatch = () => {
      scene.cluster.beforePatch = () => undefined;
      scene.cluster.settle('app');
    };
    await give(scene, permitFor(scene));
    scene.cluster.settle('app');
    await turn();
    expect(outcomes(scene)).toEqual(['APPLIED']);
  });

  it('waits out an API server that cannot be asked, for as long as it takes', async () => {
    const scene = await changed();
    for (let i = 0; i < 40; i += 1)
      scene.cluster.answers.push({ kind: 'unavailable', message: 'down', retryAfterMs: null });
    await give(scene, permitFor(scene));
    expect(scene.told.delayed).toEqual(['down']);
    while (scene.cluster.patches.length < 41) await scene.clock.advance(10_000);
    scene.cluster.settle('app');
    await turn();
    expect(outcomes(scene)).toEqual(['APPLIED']);
  });

  it('agent 99: is answered as rejected when the API server refuses it, and fails this workload only', async () => {
    const scene = await changed();
    scene.cluster.answers.push({ kind: 'rejected', reason: 'Forbidden', message: 'not allowed' });
    await give(scene, permitFor(scene));
    expect(outcomes(scene)).toEqual(['PATCH_REJECTED Forbidden']);
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Failed', reason: 'Forbidden' });
    expect(scene.cluster.events).toMatchObject([
      {
        type: 'Warning',
        reason: 'ReloadFail',
        note: "Update for 'app' of type 'Deployment' in namespace 'shop' failed with error Forbidden: not allowed",
        regarding: { kind: 'Deployment', name: 'app' },
      },
      { type: 'Warning', reason: 'ReloadFail', regarding: { kind: 'Secret', name: 'db' } },
    ]);
  });

  it('rollouts 86: without replicas is skipped, and nothing stays pending', async () => {
    const scene = await changed();
    const app = scene.cluster.object('Deployment', 'app');
    scene.cluster.put('Deployment', 'app', { ...app, spec: { ...(app?.['spec'] as object), replicas: 0 } });
    await give(scene, permitFor(scene));
    expect(outcomes(scene)).toEqual(['SKIPPED ScaledToZero']);
    expect(scene.inventory.pendingCount()).toBe(0);
  });
});

describe('many restarts', () => {
  it('keep to eight PATCHes at once', async () => {
    const cluster = new FakeCluster();
    cluster.secret('db', 'one');
    const names = Array.from({ length: 30 }, (_, index) => `app-${index}`);
    for (const name of names) cluster.put('Deployment', name, deployment('db', AUTO));
    const scene = await begin(cluster);
    cluster.secret('db', 'two');
    let atOnce = 0;
    let most = 0;
    cluster.beforePatch = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
    };
    const facts = names.map((name) => scene.inventory.workload(`Deployment/shop/${name}`));
    const restarts = facts.map((fact, index) => ({
      permit: `p-${index}`,
      workload: { kind: 'Deployment' as const, namespace: 'shop', name: fact?.name ?? '' },
      uid: fact?.uid ?? '',
      toRevision: fact?.want ?? '',
    }));
    await give(scene, permitFor(scene, { restarts }));
    for (let i = 0; i < 10; i += 1) await turn();
    expect(cluster.patches).toHaveLength(30);
    expect(most).toBe(8);
  });
});
