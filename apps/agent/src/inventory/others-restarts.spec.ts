import { deployment } from '../testing/fake-cluster';
import { APP, AUTO, running, started } from '../testing/one-app';

describe('a restart by someone else', () => {
  it('after the change makes the workload current', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    cluster.secret('db', 'two');
    cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': 'now' });
    expect(inventory.workload(APP)).toMatchObject({ state: 'Current', reason: 'AlreadyCurrent' });
    cluster.settle('app');
    cluster.secret('db', 'three');
    expect(inventory.workload(APP)?.state).toBe('Pending');
  });

  it('before the change, but seen after it, is told by the versions', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': 'now' });
    cluster.secret('db', 'two');
    expect(inventory.workload(APP)?.state).toBe('Pending');
  });

  it('that is turned back before it ends leaves the workload behind', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    cluster.secret('db', 'two');
    cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': 'now' });
    cluster.progress('app');
    cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': undefined });
    expect(inventory.workload(APP)?.state).toBe('Pending');
  });

  it('that nobody saw proves nothing', async () => {
    const cluster = running();
    const agent = await started(cluster);
    await agent.inventory.stop();
    cluster.disconnect();
    cluster.secret('db', 'two');
    cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': 'now' });
    cluster.settle('app');
    const { inventory } = await started(cluster);
    expect(inventory.workload(APP)?.state).toBe('Pending');
  });

  it.each([
    ['of a paused Deployment', { paused: true }],
    ['of one whose pods restart only by hand', { updateStrategy: { type: 'OnDelete' } }],
  ])('%s starts no pods', async (_title, spec) => {
    const cluster = running();
    cluster.put('Deployment', 'app', deployment('db', AUTO, spec));
    cluster.settle('app');
    const { inventory } = await started(cluster);
    cluster.secret('db', 'two');
    cluster.annotateTemplate('app', { 'kubectl.kubernetes.io/restartedAt': 'now' });
    expect(inventory.workload(APP)?.state).toBe('Pending');
    expect(inventory.workload(APP)?.reason).not.toBe('');
  });
});
