import { deploymentPath, configMapsOf } from '../frame/field';
import type { RawKube } from '../frame/raw-kube';

/** The name of a ConfigMap that so many Deployments use, which are called after it. */
export const fanOf = (size: number): string => `fan-${size}`;
export const fanned = (configMap: string): readonly string[] => {
  const size = /^fan-(\d+)$/.exec(configMap)?.[1];
  return size === undefined ? [configMap] : Array.from({ length: Number(size) }, (_, at) => `${configMap}-${at + 1}`);
};

/**
 * The floor: a bare watch that answers every change of a ConfigMap with one PATCH of each Deployment that its name
 * tells. It looks nothing up, remembers nothing, checks nothing and loses whatever goes wrong.
 */
export async function floor(kube: RawKube, namespace: string): Promise<void> {
  await kube.watch(configMapsOf(namespace), ({ type, object }) => {
    if (type !== 'MODIFIED') return;
    const { name, resourceVersion } = object.metadata;
    const annotations = { 'floor.example/seen': resourceVersion };
    for (const deployment of fanned(name))
      void kube.must('PATCH', deploymentPath(namespace, deployment), {
        spec: { template: { metadata: { annotations } } },
      });
  });
}

/** The floor of knowing: reads every event of ConfigMaps and Secrets, and forgets it. */
export async function bareWatch(kube: RawKube): Promise<void> {
  for (const kind of ['configmaps', 'secrets']) await kube.watch(`/api/v1/${kind}`, () => undefined);
}
