import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Content given inline (base64), as text, or as a file that is read again when it may have been renewed. */
export type Material = Readonly<{ kind: 'inline'; content: Buffer }> | Readonly<{ kind: 'file'; path: string }>;

export type Credentials =
  | Readonly<{ kind: 'none' }>
  | Readonly<{ kind: 'token'; token: Material }>
  | Readonly<{ kind: 'basic'; username: string; password: string }>
  /** An exec plugin or an auth provider: left to the official client. */
  | Readonly<{ kind: 'plugin'; kubeconfig: string; context: string }>;

/** How to reach one API server, and as whom. */
export type ClusterAccess = Readonly<{
  server: string;
  ca: Material | null;
  insecure: boolean;
  servername: string | null;
  proxyUrl: string | null;
  cert: Material | null;
  key: Material | null;
  credentials: Credentials;
}>;

export type KubeSource =
  | Readonly<{ kind: 'files'; paths: readonly string[]; context: string | null }>
  | Readonly<{ kind: 'in-cluster'; host: string; port: string }>;

const text = z.string().min(1);
const clusterEntry = z.object({
  name: text,
  cluster: z.object({
    server: z.url({ protocol: /^https?$/ }),
    'certificate-authority': text.optional(),
    'certificate-authority-data': text.optional(),
    'insecure-skip-tls-verify': z.boolean().optional(),
    'tls-server-name': text.optional(),
    'proxy-url': z.url({ protocol: /^https?$/ }).optional(),
  }),
});
const userEntry = z.object({
  name: text,
  user: z.looseObject({
    token: text.optional(),
    tokenFile: text.optional(),
    username: text.optional(),
    password: z.string().optional(),
    'client-certificate': text.optional(),
    'client-certificate-data': text.optional(),
    'client-key': text.optional(),
    'client-key-data': text.optional(),
    exec: z.looseObject({}).optional(),
    'auth-provider': z.looseObject({}).optional(),
  }),
});
const contextEntry = z.object({ name: text, context: z.object({ cluster: text, user: z.string().optional() }) });
const kubeconfig = z.object({
  clusters: z.array(clusterEntry).nullish(),
  users: z.array(userEntry).nullish(),
  contexts: z.array(contextEntry).nullish(),
  'current-context': z.string().nullish(),
});
type Cluster = z.infer<typeof clusterEntry>['cluster'];
type User = z.infer<typeof userEntry>['user'];

/**
 * Reads the access to one cluster: the service account of the pod, or kubeconfig files.
 * @throws Error with a sentence that names the file or the entry at fault.
 */
export function loadAccess(source: KubeSource): ClusterAccess {
  return source.kind === 'in-cluster' ? inCluster(source.host, source.port) : fromFiles(source.paths, source.context);
}

function inCluster(host: string, port: string): ClusterAccess {
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    server: `https://${name}:${port}`,
    ca: { kind: 'file', path: join(IN_CLUSTER, 'ca.crt') },
    insecure: false,
    servername: null,
    proxyUrl: null,
    cert: null,
    key: null,
    credentials: { kind: 'token', token: { kind: 'file', path: join(IN_CLUSTER, 'token') } },
  };
}

type File = Readonly<{ path: string; document: z.infer<typeof kubeconfig> }>;

/** As kubectl merges: of entries with one name, the first file's holds. */
function fromFiles(paths: readonly string[], wanted: string | null): ClusterAccess {
  const files = paths.map((path) => ({ path, document: readKubeconfig(path) }));
  const all = paths.join(', ');
  const name = wanted ?? files.map((file) => file.document['current-context']).find(Boolean);
  if (!name) throw new Error(`${all}: no context is chosen (current-context is empty)`);
  const context = firstNamed(files, name, ({ document }) => document.contexts);
  if (!context) throw new Error(`${all}: there is no context "${name}"`);
  const { cluster: clusterName, user: userName = '' } = context.entry.context;
  const cluster = firstNamed(files, clusterName, ({ document }) => document.clusters);
  if (!cluster) throw new Error(`${all}: there is no cluster "${clusterName}"`);
  const user = firstNamed(files, userName, ({ document }) => document.users);
  return toAccess({
    cluster: cluster.entry.cluster,
    user: user?.entry.user ?? {},
    clusterFile: cluster.path,
    userFile: user?.path ?? cluster.path,
    context: name,
  });
}

function firstNamed<T extends Readonly<{ name: string }>>(
  files: readonly File[],
  name: string,
  entriesOf: (file: File) => readonly T[] | null | undefined,
): Readonly<{ entry: T; path: string }> | undefined {
  for (const file of files) {
    const entry = entriesOf(file)?.find((candidate) => candidate.name === name);
    if (entry) return { entry, path: file.path };
  }
  return undefined;
}

function readKubeconfig(path: string): z.infer<typeof kubeconfig> {
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(
      `${path}: can not be read as a kubeconfig (${error instanceof Error ? error.message.split('\n')[0] : 'unknown error'})`,
      { cause: error },
    );
  }
  const result = kubeconfig.safeParse(document ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no kubeconfig'}`);
}

type Found = Readonly<{ cluster: Cluster; user: User; clusterFile: string; userFile: string; context: string }>;

function toAccess(found: Found): ClusterAccess {
  const { cluster, user, clusterFile, userFile } = found;
  return {
    server: cluster.server,
    ca: material(cluster['certificate-authority-data'], cluster['certificate-authority'], clusterFile),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    servername: cluster['tls-server-name'] ?? null,
    proxyUrl: cluster['proxy-url'] ?? null,
    cert: material(user['client-certificate-data'], user['client-certificate'], userFile),
    key: material(user['client-key-data'], user['client-key'], userFile),
    credentials: credentialsOf(found),
  };
}

function credentialsOf({ user, userFile, context, clusterFile }: Found): Credentials {
  if (user.exec || user['auth-provider']) {
    if (userFile !== clusterFile)
      throw new Error(`${userFile}: a user with a plugin must stand in one file with its cluster`);
    return { kind: 'plugin', kubeconfig: userFile, context };
  }
  if (user.tokenFile) return { kind: 'token', token: { kind: 'file', path: resolve(userFile, user.tokenFile) } };
  if (user.token) return { kind: 'token', token: { kind: 'inline', content: Buffer.from(user.token) } };
  return user.username ? { kind: 'basic', username: user.username, password: user.password ?? '' } : { kind: 'none' };
}

const resolve = (kubeconfigPath: string, path: string): string =>
  isAbsolute(path) ? path : join(dirname(kubeconfigPath), path);

function material(inline: string | undefined, path: string | undefined, kubeconfigPath: string): Material | null {
  if (inline) return { kind: 'inline', content: Buffer.from(inline, 'base64') };
  return path ? { kind: 'file', path: resolve(kubeconfigPath, path) } : null;
}
