import type { V1PodSpec } from '@kubernetes/client-node';
import { CustomKinds, POD_STATUS, SECRET_PROVIDER_CLASS } from '@test/custom-kinds';
import type { Cluster } from '@test/control-plane/cluster';
import { container } from './agent-case-parts';

/** SecretProviderClasses and, in the place of their driver, the status objects that it keeps for each pod. */
export class SecretStore {
  private readonly custom: CustomKinds;

  constructor(cluster: Pick<Cluster, 'kubeconfigPath'>) {
    this.custom = new CustomKinds(cluster);
  }

  async serve(): Promise<void> {
    for (const kind of [SECRET_PROVIDER_CLASS, POD_STATUS]) await this.custom.serve(kind);
  }

  async createClass(namespace: string, name: string, annotations: Record<string, string> = {}): Promise<void> {
    const spec = { provider: 'vault', parameters: {} };
    await this.custom.create(SECRET_PROVIDER_CLASS, { namespace, name }, { metadata: { annotations }, spec });
  }

  /** A pod starts and has the class mounted. */
  async mount(namespace: string, pod: string, className: string, version: string): Promise<void> {
    await this.custom.create(POD_STATUS, { namespace, name: pod }, { status: statusOf(pod, className, version) });
  }

  /** The driver gives a running pod another version. */
  async rotate(namespace: string, pod: string, className: string, version: string): Promise<void> {
    await this.custom.change(POD_STATUS, { namespace, name: pod }, { status: statusOf(pod, className, version) });
  }

  async label(namespace: string, pod: string): Promise<void> {
    await this.custom.change(POD_STATUS, { namespace, name: pod }, { metadata: { labels: { some: 'label' } } });
  }

  async unmount(namespace: string, pod: string): Promise<void> {
    await this.custom.remove(POD_STATUS, { namespace, name: pod });
  }
}

const statusOf = (pod: string, className: string, version: string): Record<string, unknown> => ({
  podName: pod,
  secretProviderClassName: className,
  mounted: true,
  targetPath: '/var/lib/kubelet/pods/x',
  objects: [{ id: 'secret/password', version }],
});

const volume = (name: string, className: string): NonNullable<V1PodSpec['volumes']>[number] => ({
  name,
  csi: {
    driver: 'secrets-store.csi.k8s.io',
    readOnly: true,
    volumeAttributes: { secretProviderClass: className },
  },
});
const mounted = (name: string): { volumeMounts: { name: string; mountPath: string }[] } => ({
  volumeMounts: [{ name, mountPath: `/mnt/${name}` }],
});

/** A pod that mounts both classes, and takes its environment from a ConfigMap. */
export const MOUNTS_CLASSES: V1PodSpec = {
  containers: [
    container('main', {
      envFrom: [{ configMapRef: { name: 'cm' } }],
      volumeMounts: [mounted('vault'), mounted('other')].flatMap((one) => one.volumeMounts),
    }),
  ],
  volumes: [volume('vault', 'vault'), volume('other', 'other')],
};

export const MOUNTS_IN_INIT: V1PodSpec = {
  initContainers: [container('init', mounted('vault'))],
  containers: [container('main')],
  volumes: [volume('vault', 'vault')],
};

/** A pod that mounts one class and uses nothing else. */
export const mountsOnly = (className: string): V1PodSpec => ({
  containers: [container('main', mounted('only'))],
  volumes: [volume('only', className)],
});
