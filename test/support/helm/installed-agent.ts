import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { V1Container, V1Deployment, V1EnvVar, V1EnvVarSource, V1Volume } from '@kubernetes/client-node';
import type { Cluster } from '../control-plane/cluster';
import { kubeconfig } from '../control-plane/kubeconfig';
import type { KubeClient, Name } from '../kube';
import { freePort } from '../processes/ports';
import { Program } from '../processes/program';

const TOKEN_SECONDS = 3600;
/** Where the chart mounts what the agent reads from files. */
const MOUNTS = '/etc/fleet-reloader';

/** The process that an installed Deployment describes: its flags, variables and files, and its ServiceAccount's rights. */
export interface InstalledAgent {
  readonly program: Program;
  readonly opsUrl: string;
  /** Ends it in good order and forgets its files. */
  stop(): Promise<void>;
}

/** A cluster, and an administrator's client for it. */
export interface Admin {
  readonly cluster: Cluster;
  readonly kube: KubeClient;
}

/**
 * Does what a kubelet would with the Deployment's container, on this machine: resolves variables and volumes, and runs
 * our built agent with the token of the pod's ServiceAccount, which is the only credential that it has.
 * @param pod which of the replicas.
 */
export async function startInstalled(admin: Admin, where: Name, pod = 0): Promise<InstalledAgent> {
  const deployment = await admin.kube.apps.readNamespacedDeployment({ ...where });
  const spec = deployment.spec?.template.spec;
  const container = spec?.containers[0];
  if (!spec || !container) throw new Error(`Deployment ${where.namespace}/${where.name} has no container`);
  const directory = await mkdtemp(join(tmpdir(), 'fleet-reloader-installed-'));
  const account = { namespace: where.namespace, name: spec.serviceAccountName ?? 'default' };
  const kubeconfigPath = join(directory, 'kubeconfig');
  await writeFile(kubeconfigPath, await kubeconfigOf(admin, account), { mode: 0o600 });
  for (const volume of spec.volumes ?? []) await writeVolume(admin.kube, where.namespace, volume, directory);
  const opsPort = await freePort();
  const env = await environmentOf(admin.kube, deployment, container, `${where.name}-${pod}`);
  const files = Object.entries(env).map(([name, value]) => [name, value.replace(MOUNTS, directory)] as const);
  const own = { KUBECONFIG: kubeconfigPath, AGENT_OPS_PORT: String(opsPort) };
  const program = new Program('agent', { ...Object.fromEntries(files), ...own }, container.args ?? []);
  program.start();
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { program, opsUrl: `http://127.0.0.1:${opsPort}`, stop };
}

/** A short-lived token of a ServiceAccount, as its pods have one. */
export async function tokenOf({ kube }: Admin, { namespace, name }: Name): Promise<string> {
  const body = { spec: { audiences: [], expirationSeconds: TOKEN_SECONDS } };
  const { status } = await kube.core.createNamespacedServiceAccountToken({ namespace, name, body });
  if (!status?.token) throw new Error(`no token for ServiceAccount ${namespace}/${name}`);
  return status.token;
}

/** A kubeconfig that speaks as a ServiceAccount. */
export async function kubeconfigOf(admin: Admin, account: Name): Promise<string> {
  return kubeconfig({
    name: admin.cluster.name,
    server: admin.cluster.url,
    token: await tokenOf(admin, account),
    certificateAuthority: await authorityOf(admin.cluster),
  });
}

/** PEM of what the API server's certificate is verified with. */
export async function authorityOf(cluster: Cluster): Promise<string> {
  const administrators = JSON.parse(await readFile(cluster.kubeconfigPath, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
  };
  const data = administrators.clusters[0]?.cluster['certificate-authority-data'];
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}

async function environmentOf(
  kube: KubeClient,
  deployment: V1Deployment,
  container: V1Container,
  pod: string,
): Promise<Record<string, string>> {
  const namespace = deployment.metadata?.namespace ?? '';
  const fields: Record<string, string> = {
    'metadata.namespace': namespace,
    'metadata.name': pod,
    'spec.nodeName': 'node-1',
  };
  const entries = (container.env ?? []).map(async (variable: V1EnvVar) => {
    const path = variable.valueFrom?.fieldRef?.fieldPath;
    const value =
      path === undefined
        ? (variable.value ?? (await secretOf(kube, namespace, variable.valueFrom)))
        : (fields[path] ?? '');
    return [variable.name, value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function secretOf(kube: KubeClient, namespace: string, from: V1EnvVarSource | undefined): Promise<string> {
  const ref = from?.secretKeyRef;
  if (!ref?.name) return '';
  const { data } = await kube.core.readNamespacedSecret({ namespace, name: ref.name });
  return Buffer.from(data?.[ref.key] ?? '', 'base64').toString('utf8');
}

async function writeVolume(kube: KubeClient, namespace: string, volume: V1Volume, directory: string): Promise<void> {
  const data = await dataOf(kube, namespace, volume);
  for (const { key, path } of volume.secret?.items ?? volume.configMap?.items ?? []) {
    const file = join(directory, volume.name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, data[key] ?? '', { mode: 0o600 });
  }
}

async function dataOf(kube: KubeClient, namespace: string, volume: V1Volume): Promise<Record<string, string>> {
  if (volume.configMap?.name)
    return (await kube.core.readNamespacedConfigMap({ namespace, name: volume.configMap.name })).data ?? {};
  if (!volume.secret?.secretName) return {};
  const { data = {} } = await kube.core.readNamespacedSecret({ namespace, name: volume.secret.secretName });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
