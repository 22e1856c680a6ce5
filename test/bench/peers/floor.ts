import { RawKube } from '../frame/raw-kube';
import { configMapsOf, deploymentPath } from '../frame/site';

/**
 * The floor: a bare watch that answers every change of a ConfigMap with one PATCH of the Deployment of its name.
 * It looks nothing up, remembers nothing, checks nothing and loses whatever goes wrong.
 */
export async function floor(kube: RawKube, namespace: string): Promise<void> {
  await kube.watch(configMapsOf(namespace), ({ type, object }) => {
    if (type !== 'MODIFIED') return;
    const { name, resourceVersion } = object.metadata;
    const annotations = { 'floor.example/seen': resourceVersion };
    void kube.must('PATCH', deploymentPath(namespace, name), { spec: { template: { metadata: { annotations } } } });
  });
}
