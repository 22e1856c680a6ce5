import type { SourceRef, WorkloadRef } from '@app/contracts/objects';
import type { ObjectEvent, WatchedKind } from '../kube.port';

type Resource = Readonly<{ root: string; plural: string; apiVersion: string }>;

const CORE = { root: '/api/v1', apiVersion: 'v1' };
const group = (apiVersion: string): Omit<Resource, 'plural'> => ({ root: `/apis/${apiVersion}`, apiVersion });
const APPS = group('apps/v1');
const BATCH = group('batch/v1');
const CSI = group('secrets-store.csi.x-k8s.io/v1');

/** Where each kind lives in the Kubernetes API. */
const RESOURCES: Readonly<Record<WatchedKind, Resource>> = {
  ConfigMap: { ...CORE, plural: 'configmaps' },
  Secret: { ...CORE, plural: 'secrets' },
  Namespace: { ...CORE, plural: 'namespaces' },
  Deployment: { ...APPS, plural: 'deployments' },
  StatefulSet: { ...APPS, plural: 'statefulsets' },
  DaemonSet: { ...APPS, plural: 'daemonsets' },
  CronJob: { ...BATCH, plural: 'cronjobs' },
  Job: { ...BATCH, plural: 'jobs' },
  PodDisruptionBudget: { ...group('policy/v1'), plural: 'poddisruptionbudgets' },
  Rollout: { ...group('argoproj.io/v1alpha1'), plural: 'rollouts' },
  DeploymentConfig: { ...group('apps.openshift.io/v1'), plural: 'deploymentconfigs' },
  SecretProviderClass: { ...CSI, plural: 'secretproviderclasses' },
  SecretProviderClassPodStatus: { ...CSI, plural: 'secretproviderclasspodstatuses' },
};

export const apiVersionOf = (kind: WatchedKind): string => RESOURCES[kind].apiVersion;

/** What an Event is about. */
export const regardingOf = (
  { kind, namespace, name }: Readonly<{ kind: WatchedKind; namespace: string; name: string }>,
  uid: string,
): ObjectEvent['regarding'] => ({ apiVersion: apiVersionOf(kind), kind, namespace, name, uid });

export const apiRootOf = (kind: WatchedKind): string => RESOURCES[kind].root;

export const pluralOf = (kind: WatchedKind): string => RESOURCES[kind].plural;

/** The collection of a kind: in one namespace, or in all of them when `namespace` is null. */
export function collectionPath(kind: WatchedKind, namespace: string | null): string {
  const { root, plural } = RESOURCES[kind];
  return namespace === null ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export const sourcePath = (ref: SourceRef): string =>
  `${collectionPath(ref.kind, ref.namespace)}/${encodeURIComponent(ref.name)}`;

export const objectPath = (ref: WorkloadRef): string =>
  `${collectionPath(ref.kind, ref.namespace)}/${encodeURIComponent(ref.name)}`;

export const namespacePath = (namespace: string): string => `${CORE.root}/namespaces/${encodeURIComponent(namespace)}`;

export const podsPath = (namespace: string): string => `${namespacePath(namespace)}/pods`;

export const eventsPath = (namespace: string): string =>
  `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
