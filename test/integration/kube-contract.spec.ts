import { startSimulator } from '@test/simulator/simulator';
import { describeKubeContract } from './kube-contract/contract';

describeKubeContract('the simulator keeps the Kubernetes contract', async () => {
  const simulator = await startSimulator();
  const cluster = await simulator.addCluster('contract');
  return {
    cluster,
    forgetHistory: () => Promise.resolve(cluster.compact()),
    stop: () => simulator.stop(),
  };
});
