import { startCluster } from '@test/control-plane/start-cluster';
import { describeKubeContract } from './kube-contract/contract';

describeKubeContract('a real control plane keeps the same contract', async () => {
  const cluster = await startCluster('contract');
  return {
    cluster,
    // A restarted API server knows nothing of the time before: its watch cache is new.
    forgetHistory: async () => {
      await cluster.stopApiServer();
      await cluster.startApiServer();
    },
    stop: () => cluster.stop(),
  };
});
