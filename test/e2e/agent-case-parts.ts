import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import type { KubeClient } from '@test/kube';

/** What happens to the sources of a namespace. Each has a ConfigMap `cm`, `cm2` and a Secret `s`, `s2`. */
export type Trigger = (kube: KubeClient, namespace: string) => Promise<unknown>;

export const container = (name: string, more: Partial<V1Container> = {}): V1Container => ({
  name,
  image: 'registry.example/app:1',
  ...more,
});
export const pod = (more: Partial<V1Container> = {}, volumes: V1Volume[] = []): V1PodSpec => ({
  containers: [container('main', more)],
  volumes,
});
export const fromConfigMap = (name = 'cm'): Partial<V1Container> => ({ envFrom: [{ configMapRef: { name } }] });
export const fromSecret = (name = 's'): Partial<V1Container> => ({ envFrom: [{ secretRef: { name } }] });
export const oneVariable: Partial<V1Container> = {
  env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'key' } } }],
};
export const mounts: Partial<V1Container> = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
export const configMapVolume: V1Volume = { name: 'v', configMap: { name: 'cm' } };
export const secretVolume: V1Volume = { name: 'v', secret: { secretName: 's' } };
export const mixedVolume: V1Volume = {
  name: 'v',
  projected: { sources: [{ configMap: { name: 'cm' } }, { secret: { name: 's' } }] },
};
export const initiated = (more: Partial<V1Container>, volumes: V1Volume[] = []): V1PodSpec => ({
  ...pod({}, volumes),
  initContainers: [container('init', more)],
});

export const changeConfigMap: Trigger = (kube, namespace) =>
  kube.putConfigMap({ namespace, name: 'cm' }, { key: 'changed', other: 'x' });
export const changeSecond: Trigger = (kube, namespace) =>
  kube.putConfigMap({ namespace, name: 'cm2' }, { key: 'changed' });
export const changeSecret: Trigger = (kube, namespace) => kube.putSecret({ namespace, name: 's' }, { key: 'changed' });
export const changeSecondSecret: Trigger = (kube, namespace) =>
  kube.putSecret({ namespace, name: 's2' }, { key: 'changed' });

/** Writes the ConfigMap anew with everything but what is given as it was. */
export const rewriteConfigMap =
  (change: Readonly<Record<string, unknown>>): Trigger =>
  async (kube, namespace) => {
    const body = await kube.core.readNamespacedConfigMap({ namespace, name: 'cm' });
    const metadata = { ...body.metadata, ...(change['metadata'] as object | undefined) };
    return kube.core.replaceNamespacedConfigMap({ namespace, name: 'cm', body: { ...body, ...change, metadata } });
  };

export const rewriteSecret =
  (change: Readonly<Record<string, unknown>>): Trigger =>
  async (kube, namespace) => {
    const body = await kube.core.readNamespacedSecret({ namespace, name: 's' });
    const metadata = { ...body.metadata, ...(change['metadata'] as object | undefined) };
    return kube.core.replaceNamespacedSecret({ namespace, name: 's', body: { ...body, ...change, metadata } });
  };

export const both: Trigger = async (kube, namespace) => {
  await changeConfigMap(kube, namespace);
  await changeSecret(kube, namespace);
};

export const changeElsewhere: Trigger = async (kube, namespace) => {
  await kube.ensureNamespace(`${namespace}-else`);
  await kube.putConfigMap({ namespace: `${namespace}-else`, name: 'cm' }, { key: 'first' });
  await kube.putConfigMap({ namespace: `${namespace}-else`, name: 'cm' }, { key: 'changed' });
};

export const makeSecretAgain: Trigger = async (kube, namespace) => {
  await kube.core.deleteNamespacedSecret({ namespace, name: 's' });
  await kube.putSecret({ namespace, name: 's' }, { key: 'first' });
};

/** A server refuses to change the type of a Secret: who wants another one makes it anew. */
export const makeSecretAgainOfType =
  (type: string): Trigger =>
  async (kube, namespace) => {
    const { data } = await kube.core.readNamespacedSecret({ namespace, name: 's' });
    await kube.core.deleteNamespacedSecret({ namespace, name: 's' });
    const body = { metadata: { name: 's' }, type, ...(data === undefined ? {} : { data }) };
    return kube.core.createNamespacedSecret({ namespace, body });
  };

export const changeSecretAndBack: Trigger = async (kube, namespace) => {
  await kube.putSecret({ namespace, name: 's' }, { key: 'changed' });
  await kube.putSecret({ namespace, name: 's' }, { key: 'first' });
};
