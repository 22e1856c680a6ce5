import type { Permit } from '@app/contracts/wire/hub-messages';
import { result as resultMessage, type Result } from '@app/contracts/wire/agent-messages';
import type { HubLink, PermitHandler } from '../link/hub-link.port';
import { deployment, FakeCluster } from '../testing/fake-cluster';
import { type TestAgent, testAgent } from '../testing/test-agent';
import { TestClock, turn } from '../testing/test-clock';
import { PermitService } from './permit.service';
import type { RestartOptions } from './restart.service';

const AUTO = { 'reloader.stakater.com/auto': 'true' };
const APP = 'Deployment/shop/app';
const REVISION = 'fleet-reloader.io/revision';

class RecordingLink implements HubLink {
  readonly results: Result[] = [];
  readonly phases: string[] = [];
  handler: PermitHandler | undefined;

  start(handler: PermitHandler): void {
    this.handler = handler;
  }

  progress({ phase }: Parameters<HubLink['progress']>[0]): void {
    this.phases.push(phase);
  }

  result(message: Result): void {
    this.results.push(resultMessage.parse(message));
  }

  status(): ReturnType<HubLink['status']> {
    return { connected: true, since: 0, detail: '' };
  }

  async stop(): Promise<void> {
    // Nothing is open.
  }
}

type Scene = TestAgent & Readonly<{ cluster: FakeCluster; clock: TestClock; link: RecordingLink }>;

async function begin(cluster: FakeCluster, options: Partial<RestartOptions> = {}): Promise<Scene> {
  const clock = new TestClock();
  const link = new RecordingLink();
  const agent = testAgent(cluster, clock, undefined, options);
  agent.inventory.start();
  await new PermitService({ ...agent, link }, clock, () => undefined).start();
  return { ...agent, cluster, clock, link };
}

async function changed(): Promise<Scene> {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', AUTO));
  cluster.settle('app');
  const scene = await begin(cluster);
  cluster.secret('db', 'two');
  return scene;
}

/** A permit for what the workload wants now. */
function permitFor({ inventory }: Scene, more: Partial<Permit> = {}): Permit {
  const fact = inventory.workload(APP);
  const workload = { kind: 'Deployment', namespace: 'shop', name: 'app' } as const;
  return {
    rollout: 'r-1',
    policy: 'p',
    attempt: 1,
    fence: 1001,
    hubEpoch: 1,
    notAfter: '2026-01-01T01:00:00Z',
    progressDeadlineSeconds: 60,
    causes: [{ kind: 'Secret', namespace: 'shop', name: 'db' }],
    restarts: [{ permit: 'p-1', workload, uid: fact?.uid ?? '', toRevision: fact?.want ?? '' }],
    ...more,
  };
}

const hubNow = (): number => Date.UTC(2026, 0, 1, 0, 30);
const give = async ({ link }: Scene, permit: Permit): Promise<void> => {
  link.handler?.permit(permit, hubNow);
  await turn();
};
const outcomes = ({ link }: Scene): string[] =>
  link.results.map(({ outcome, reason }) => `${outcome} ${reason}`.trim());

/** The same cluster under a new agent process. */
async function afterCrash(scene: Scene): Promise<Scene> {
  scene.cluster.disconnect();
  await turn();
  return begin(scene.cluster);
}

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

  it('protocol 4: delivered again after a crash, is not carried out again and waits for the pods', async () => {
    const first = await changed();
    const permit = permitFor(first);
    await give(first, permit);
    const second = await afterCrash(first);
    await give(second, permit);
    expect(outcomes(second)).toEqual([]);
    second.cluster.settle('app');
    await turn();
    expect(outcomes(second)).toEqual(['ALREADY_APPLIED']);
    expect(second.cluster.patches).toHaveLength(1);
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

  it('is answered as rejected when the API server refuses it, and fails this workload only', async () => {
    const scene = await changed();
    scene.cluster.answers.push({ kind: 'rejected', reason: 'Forbidden', message: 'not allowed' });
    await give(scene, permitFor(scene));
    expect(outcomes(scene)).toEqual(['PATCH_REJECTED Forbidden']);
    expect(scene.inventory.workload(APP)).toMatchObject({ state: 'Failed', reason: 'Forbidden' });
    expect(scene.cluster.events).toMatchObject([
      { type: 'Warning', reason: 'ReloadFail', regarding: { kind: 'Deployment', name: 'app' } },
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

describe('what voids permits', () => {
  it('protocol 52, rollouts 33: a cancellation holds for what comes after it, also under a new agent', async () => {
    const first = await changed();
    first.link.handler?.cancel({ rollout: 'r-1', fence: 1001 });
    const permit = permitFor(first);
    await give(first, permit);
    expect(outcomes(first)).toEqual(['REVOKED Revoked']);
    await first.guards.stop();
    const second = await afterCrash(first);
    await give(second, permit);
    expect(outcomes(second)).toEqual(['REVOKED Revoked']);
    expect(second.cluster.patches).toEqual([]);
  });

  it('protocol 52: a hub epoch that is over, also under a new agent', async () => {
    const first = await changed();
    first.link.handler?.obey(7);
    await first.guards.stop();
    const second = await afterCrash(first);
    expect(second.link.handler?.maxHubEpochSeen()).toBe(7);
    await give(second, permitFor(second, { hubEpoch: 6 }));
    expect(outcomes(second)).toEqual(['FENCED OldHubEpoch']);
  });

  it('no permit is obeyed before they are read', async () => {
    const cluster = new FakeCluster();
    cluster.storeFailure = new Error('no');
    const clock = new TestClock();
    const link = new RecordingLink();
    const agent = testAgent(cluster, clock);
    void new PermitService({ ...agent, link }, clock, () => undefined).start();
    await clock.advance(5000);
    expect(link.handler).toBeUndefined();
    cluster.storeFailure = null;
    await clock.advance(2000);
    expect(link.handler).toBeDefined();
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
  });
});
