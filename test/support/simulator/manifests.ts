import type { KubeObject, SourceObject } from './objects';

/** How a workload of a test is made; what is left open gets an ordinary value. */
export interface WorkloadOptions {
  readonly replicas?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly templateAnnotations?: Readonly<Record<string, string>>;
  /** Names of ConfigMaps and Secrets that the container takes its environment from. */
  readonly configMaps?: readonly string[];
  readonly secrets?: readonly string[];
  /** Fields of `spec` that are merged over the ordinary ones. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

type TemplatedKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** The manifest of a workload with one container; the same for a simulated and for a real cluster. */
export function workload(
  kind: TemplatedKind,
  namespace: string,
  name: string,
  options: WorkloadOptions = {},
): KubeObject {
  const app = { app: name };
  const metadata = { name, namespace, labels: { ...app, ...options.labels }, annotations: { ...options.annotations } };
  const template = {
    metadata: { labels: app, annotations: { ...options.templateAnnotations } },
    spec: { containers: [{ name: 'app', image: 'example.test/app:1', ...environment(options) }] },
  };
  const spec = { ...sizeOf(kind, name, options.replicas), selector: { matchLabels: app }, template, ...options.spec };
  return { apiVersion: 'apps/v1', kind, metadata, spec };
}

function sizeOf(kind: TemplatedKind, name: string, replicas = 1): object {
  if (kind === 'DaemonSet') return {};
  return kind === 'StatefulSet' ? { replicas, serviceName: name } : { replicas };
}

function environment({ configMaps = [], secrets = [] }: WorkloadOptions): object {
  const envFrom = [
    ...configMaps.map((source) => ({ configMapRef: { name: source } })),
    ...secrets.map((source) => ({ secretRef: { name: source } })),
  ];
  return envFrom.length > 0 ? { envFrom } : {};
}

export const configMap = (namespace: string, name: string, data: Readonly<Record<string, string>>): SourceObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

/** `content` in plain text. */
export const secret = (namespace: string, name: string, content: Readonly<Record<string, string>>): SourceObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  type: 'Opaque',
  data: Object.fromEntries(Object.entries(content).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});
