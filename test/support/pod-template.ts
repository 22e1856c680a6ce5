import type { V1PodTemplateSpec, V1Volume } from '@kubernetes/client-node';

/** How a workload's pods use sources, and how the pretended nodes treat them (see test/kubernetes/nodes.yaml). */
export interface PodOptions {
  /** Secrets that are mounted, by name. */
  readonly secrets?: readonly string[];
  /** ConfigMaps that are mounted, by name. */
  readonly configMaps?: readonly string[];
  /** Secrets whose keys become the environment, by name. */
  readonly envSecrets?: readonly string[];
  /** ConfigMaps whose keys become the environment, by name. */
  readonly envConfigMaps?: readonly string[];
  /** On the pod template. */
  readonly podAnnotations?: Readonly<Record<string, string>>;
}

/** Annotations that steer the pretended nodes. */
export const POD_BEHAVIOUR = {
  /** `3s`: ready only that long after the start. */
  readyAfter: 'test.fleet-reloader.io/ready-after',
  /** `never-ready` or `crash`, for all pods. */
  pods: 'test.fleet-reloader.io/pods',
  /** `never-ready` or `crash`, only for pods that come out of a restart. */
  restarted: 'test.fleet-reloader.io/restarted',
} as const;

export function podTemplate(labels: Readonly<Record<string, string>>, options: PodOptions = {}): V1PodTemplateSpec {
  const volumes = volumesOf(options);
  const container = {
    name: 'main',
    image: 'registry.example/app:1',
    envFrom: [
      ...(options.envSecrets ?? []).map((name) => ({ secretRef: { name } })),
      ...(options.envConfigMaps ?? []).map((name) => ({ configMapRef: { name } })),
    ],
    volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/mnt/${name}` })),
  };
  return {
    metadata: { labels: { ...labels }, annotations: { ...options.podAnnotations } },
    spec: { containers: [container], volumes },
  };
}

function volumesOf({ secrets = [], configMaps = [] }: PodOptions): V1Volume[] {
  return [
    ...secrets.map((secretName, index) => ({ name: `secret-${index}`, secret: { secretName } })),
    ...configMaps.map((name, index) => ({ name: `config-${index}`, configMap: { name } })),
  ];
}
