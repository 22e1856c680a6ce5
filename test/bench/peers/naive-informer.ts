import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

/**
 * P2: what one writes first in Node. The official client's informers over all Secrets and ConfigMaps, which keep every
 * object whole. Resolves when they have listed them.
 */
export async function naiveInformer(url: string, token: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'bench', server: url, skipTLSVerify: true }, { name: 'bench', token });
  const api = config.makeApiClient(CoreV1Api);
  const informers = [
    makeInformer(config, '/api/v1/secrets', () => api.listSecretForAllNamespaces()),
    makeInformer(config, '/api/v1/configmaps', () => api.listConfigMapForAllNamespaces()),
  ];
  for (const informer of informers) {
    informer.on('error', (error: unknown) => process.stderr.write(`${String(error)}\n`));
    await informer.start();
  }
}
