import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import { deployment } from '../testing/fake-cluster';
import { APP, AUTO, restarted, running, started } from '../testing/one-app';

describe('recorded baselines', () => {
  it('survive an agent, and hold no more than revisions', async () => {
    const cluster = running();
    const agent = await started(cluster);
    const before = agent.inventory.workload(APP);
    const { inventory } = await restarted(cluster, agent);
    expect(inventory.workload(APP)).toEqual(before);
    expect(JSON.stringify([...cluster.configMaps])).not.toContain(Buffer.from('one').toString('base64'));
  });

  it('are written again after a failure', async () => {
    const cluster = running();
    const agent = await started(cluster);
    cluster.storeFailure = new Error('no');
    await agent.baselines.flush();
    expect(agent.told.trouble).not.toEqual([]);
    cluster.storeFailure = null;
    await agent.inventory.stop();
    expect([...cluster.configMaps.keys()]).toHaveLength(1);
  });

  it('that cannot be read are begun anew', async () => {
    const cluster = running();
    cluster.configMaps.set('fleet-reloader-state-3', { part: 'state', data: { workloads: '{"x":1}' } });
    const { inventory, told } = await started(cluster);
    expect(inventory.pendingCount()).toBe(0);
    expect(told.trouble[0]).toContain('fleet-reloader-state-3');
  });

  it('protocol 16: that were made with another key are told, once', async () => {
    const cluster = running();
    const told = async (key: Buffer): Promise<readonly string[]> => {
      const agent = await started(cluster, key);
      await agent.inventory.stop();
      cluster.disconnect();
      return agent.told.trouble.filter((what) => what.includes('the fingerprint key is another one'));
    };
    const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    expect(await told(first)).toEqual([]);
    expect(await told(first)).toEqual([]);
    expect(await told(second)).toEqual([expect.stringContaining('what 1 workloads run counts as current')]);
    expect(await told(second)).toEqual([]);
  });

  it('protocol 10: of a workload that was made anew do not count', async () => {
    const cluster = running();
    const { inventory } = await started(cluster);
    const stamp = inventory.workload(APP)?.want ?? '';
    cluster.remove('Deployment', 'app');
    cluster.secret('db', 'two');
    cluster.put('Deployment', 'app', deployment('db', AUTO));
    expect(inventory.workload(APP)?.state).toBe('Current');
    cluster.annotateTemplate('app', { [REVISION_ANNOTATION]: stamp });
    expect(inventory.workload(APP)?.state).toBe('Pending');
  });
});
