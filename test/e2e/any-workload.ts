import type { V1DaemonSet, V1Deployment, V1PodSpec, V1PodTemplateSpec, V1StatefulSet } from '@kubernetes/client-node';
import { type CustomKinds, DEPLOYMENT_CONFIG, ROLLOUT } from '@test/custom-kinds';
import type { KubeClient, Name } from '@test/kube';

/** Kinds that run for ever and have a pod template. */
export type AnyKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout' | 'DeploymentConfig';

/** What specs look at in any of them. */
export type AnyWorkload = Readonly<{
  metadata: Readonly<{ generation: number; resourceVersion: string; annotations?: Readonly<Record<string, string>> }>;
  spec: Readonly<Record<string, unknown>>;
}>;

export type Shape = Readonly<{
  annotations: Readonly<Record<string, string>>;
  podSpec: V1PodSpec;
  templateAnnotations?: Readonly<Record<string, string>>;
  /** More of its `spec`. */
  spec?: object;
}>;

export type Template = V1PodTemplateSpec & Readonly<{ spec: V1PodSpec }>;

export const templateOf = ({ spec }: AnyWorkload): Template => spec['template'] as Template;

/** Workloads of every such kind, made and read in one way. */
export class Workloads {
  constructor(
    private readonly kube: KubeClient,
    private readonly custom: CustomKinds,
  ) {}

  create(kind: AnyKind, { namespace, name }: Name, shape: Shape): Promise<unknown> {
    const labels = { app: name };
    const metadata = { name, namespace, annotations: { ...shape.annotations } };
    const template = { metadata: { labels, annotations: { ...shape.templateAnnotations } }, spec: shape.podSpec };
    const selector = kind === 'DeploymentConfig' ? labels : { matchLabels: labels };
    const spec = { selector, template, ...shape.spec };
    const body = { metadata, spec };
    const { apps } = this.kube;
    switch (kind) {
      case 'Deployment':
        return apps.createNamespacedDeployment({ namespace, body: body as V1Deployment });
      case 'StatefulSet':
        return apps.createNamespacedStatefulSet({
          namespace,
          body: { metadata, spec: { serviceName: name, ...spec } } as V1StatefulSet,
        });
      case 'DaemonSet':
        return apps.createNamespacedDaemonSet({ namespace, body: body as V1DaemonSet });
      case 'Rollout':
        return this.custom.create(ROLLOUT, { namespace, name }, body);
      case 'DeploymentConfig':
        return this.custom.create(DEPLOYMENT_CONFIG, { namespace, name }, body);
    }
  }

  async read(kind: AnyKind, where: Name): Promise<AnyWorkload> {
    if (kind === 'Rollout') return this.custom.read(ROLLOUT, where);
    if (kind === 'DeploymentConfig') return this.custom.read(DEPLOYMENT_CONFIG, where);
    return (await this.kube.read(kind, where)) as unknown as AnyWorkload;
  }
}
