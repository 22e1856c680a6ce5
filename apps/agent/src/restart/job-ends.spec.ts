import { REVISION_ANNOTATION } from '@app/contracts/annotations';
import { FakeCluster } from '../testing/fake-cluster';
import { testAgent } from '../testing/test-agent';
import { TestClock } from '../testing/test-clock';
import { JobEnds } from './job-ends';

const REVISION = 'kabcdef:AAAAAAAAAAAAAAAAAAAAAA';

function scene(annotations: Readonly<Record<string, string>>) {
  const cluster = new FakeCluster();
  const { inventory } = testAgent(cluster, new TestClock(), undefined, { kinds: ['ConfigMap', 'Secret', 'Job'] });
  const ended: string[] = [];
  new JobEnds({
    workbench: inventory,
    events: cluster,
    ended: ({ name }, { reason }) => ended.push(`${name} ${reason}`),
  });
  const spec = { template: { metadata: { annotations }, spec: { containers: [{ name: 'main' }] } } };
  const put = (...conditions: readonly object[]): void =>
    void cluster.put('Job', 'x', { spec, status: { conditions } });
  return { cluster, inventory, ended, put };
}

const made = { [REVISION_ANNOTATION]: REVISION };
const complete = { type: 'Complete', status: 'True', reason: 'CompletionsReached', message: 'all pods succeeded' };
const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'it has failed too often' };

describe('the end of a Job that a restart made', () => {
  it('is told once, when it completes', async () => {
    const { cluster, inventory, ended, put } = scene(made);
    inventory.start();
    await inventory.whenReady();
    put();
    put({ type: 'SuccessCriteriaMet', status: 'True' });
    put(complete);
    put(complete);
    expect(ended).toEqual(['x CompletionsReached']);
    expect(cluster.events).toMatchObject([{ type: 'Normal', reason: 'RestartCompleted', regarding: { name: 'x' } }]);
  });

  it('is told with the reason, when it fails', async () => {
    const { cluster, inventory, put } = scene(made);
    inventory.start();
    await inventory.whenReady();
    put();
    put(failed);
    expect(cluster.events).toMatchObject([{ type: 'Warning', reason: 'RestartFailed' }]);
    expect(cluster.events[0]?.note).toContain('BackoffLimitExceeded: it has failed too often');
  });

  it('is not told of a Job that nobody restarted, nor of one that had ended before', async () => {
    const others = scene({});
    others.inventory.start();
    await others.inventory.whenReady();
    others.put();
    others.put(complete);
    const old = scene(made);
    old.put(complete);
    old.inventory.start();
    await old.inventory.whenReady();
    old.put(complete, { type: 'Other', status: 'True' });
    expect([...others.ended, ...old.ended]).toEqual([]);
  });
});
