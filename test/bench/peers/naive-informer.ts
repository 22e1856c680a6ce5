import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

/**
 * P2: what one writes first in Node. The official client's informer over all Secrets, which keeps every object whole.
 * Resolves when it has listed them.
 */
export async function naiveInformer(url: string, token: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'bench', server: url, skipTLSVerify: true }, { name: 'bench', token });
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/secrets', () => api.listSecretForAllNamespaces());
  informer.on('error', (error: unknown) => process.stderr.write(`${String(error)}\n`));
  await informer.start();
}
