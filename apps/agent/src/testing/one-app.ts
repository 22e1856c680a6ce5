import { deployment, FakeCluster } from './fake-cluster';
import { type TestAgent, testAgent } from './test-agent';
import { TestClock, turn } from './test-clock';

export const AUTO = { 'reloader.stakater.com/auto': 'true' };
/** A Deployment that uses the Secret `db`. */
export const APP = 'Deployment/shop/app';

/** A new agent process that has looked at all there is. `key`: of its revisions. */
export async function started(cluster: FakeCluster, key?: Buffer): Promise<TestAgent> {
  const agent = testAgent(cluster, new TestClock(), key);
  agent.inventory.start();
  await agent.inventory.whenReady();
  await turn();
  return agent;
}

/** The cluster of that Deployment, whose pods run what there is. */
export const running = (): FakeCluster => {
  const cluster = new FakeCluster();
  cluster.secret('db', 'one');
  cluster.put('Deployment', 'app', deployment('db', AUTO));
  cluster.settle('app');
  return cluster;
};

/** Ends this agent and starts another one, as after a crash: only the cluster remembers. */
export async function restarted(cluster: FakeCluster, agent: TestAgent): Promise<TestAgent> {
  await agent.inventory.stop();
  cluster.disconnect();
  return started(cluster);
}
