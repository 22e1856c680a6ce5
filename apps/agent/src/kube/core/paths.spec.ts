import type { WatchedKind } from '../kube.port';
import * as paths from './paths';

/** Where each kind lives, as `kubectl api-resources` prints it. */
const PLACES: readonly (readonly [WatchedKind, string, string])[] = [
  ['ConfigMap', 'v1', 'configmaps'],
  ['Secret', 'v1', 'secrets'],
  ['Namespace', 'v1', 'namespaces'],
  ['Deployment', 'apps/v1', 'deployments'],
  ['StatefulSet', 'apps/v1', 'statefulsets'],
  ['DaemonSet', 'apps/v1', 'daemonsets'],
  ['CronJob', 'batch/v1', 'cronjobs'],
  ['Job', 'batch/v1', 'jobs'],
  ['PodDisruptionBudget', 'policy/v1', 'poddisruptionbudgets'],
  ['Rollout', 'argoproj.io/v1alpha1', 'rollouts'],
  ['DeploymentConfig', 'apps.openshift.io/v1', 'deploymentconfigs'],
  ['SecretProviderClass', 'secrets-store.csi.x-k8s.io/v1', 'secretproviderclasses'],
  ['SecretProviderClassPodStatus', 'secrets-store.csi.x-k8s.io/v1', 'secretproviderclasspodstatuses'],
];

it.each(PLACES)('%s lives under %s as %s', (kind, apiVersion, plural) => {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  expect([paths.apiVersionOf(kind), paths.apiRootOf(kind), paths.pluralOf(kind)]).toEqual([apiVersion, root, plural]);
  expect(paths.collectionPath(kind, null)).toBe(`${root}/${plural}`);
  expect(paths.collectionPath(kind, 'a/b')).toBe(`${root}/namespaces/a%2Fb/${plural}`);
});

it('single objects, pods and events have their places, whatever their names hold', () => {
  const where = { namespace: 'shop', name: 'a/b' };
  expect(paths.sourcePath({ kind: 'Secret', ...where })).toBe('/api/v1/namespaces/shop/secrets/a%2Fb');
  expect(paths.objectPath({ kind: 'Job', ...where })).toBe('/apis/batch/v1/namespaces/shop/jobs/a%2Fb');
  expect(paths.namespacePath('a/b')).toBe('/api/v1/namespaces/a%2Fb');
  expect(paths.podsPath('shop')).toBe('/api/v1/namespaces/shop/pods');
  expect(paths.eventsPath('a/b')).toBe('/apis/events.k8s.io/v1/namespaces/a%2Fb/events');
});
