import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import type { ClusterAccess, Material } from './kubeconfig';

/** What one connection and one request need to be let in. `tls` changes identity only when its content changed. */
export type Pass = Readonly<{
  authorization: string | null;
  ca: string | null;
  cert: string | null;
  key: string | null;
}>;

const contentOf = (material: Material | null): string | null => {
  if (material === null) return null;
  return material.kind === 'inline' ? material.content.toString() : readFileSync(material.path, 'utf8');
};

/**
 * Reads tokens and certificates as they are now: projected tokens and CAs are renewed in place.
 * @throws Error when a file can not be read or a plugin fails.
 */
export async function currentPass(access: ClusterAccess): Promise<Pass> {
  const own = { ca: contentOf(access.ca), cert: contentOf(access.cert), key: contentOf(access.key) };
  const { credentials } = access;
  switch (credentials.kind) {
    case 'none':
      return { ...own, authorization: null };
    case 'token':
      return { ...own, authorization: `Bearer ${contentOf(credentials.token)?.trim() ?? ''}` };
    case 'basic':
      return {
        ...own,
        authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`,
      };
    case 'plugin':
      return { ...own, ...(await passByPlugin(credentials.kubeconfig, credentials.context)) };
    default:
      return credentials satisfies never;
  }
}

/** The official client knows the plugin protocols; it costs 60 MB of memory, so it is loaded only for those who need it. */
async function passByPlugin(kubeconfig: string, context: string): Promise<Partial<Pass> & Pick<Pass, 'authorization'>> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  config.setCurrentContext(context);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = (options.headers ?? {}) as Readonly<Record<string, unknown>>;
  const authorization = headers['Authorization'];
  return {
    authorization: typeof authorization === 'string' ? authorization : null,
    ...(options.cert ? { cert: String(options.cert) } : {}),
    ...(options.key ? { key: String(options.key) } : {}),
  };
}
