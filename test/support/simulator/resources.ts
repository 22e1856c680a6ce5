/** One kind of object that the server stores and serves. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Has a `status` subresource: status is written there and nowhere else. */
  readonly status: boolean;
  /** Which writes raise `metadata.generation`. */
  readonly generation: 'never' | 'spec' | 'spec-or-annotations';
  /** Field selectors besides `metadata.name` and `metadata.namespace`. */
  readonly fields: readonly string[];
  /** Two resources with one storage key are two views of the same objects (events). */
  readonly storageKey: string;
}

type Options = Partial<Pick<Resource, 'namespaced' | 'status' | 'generation' | 'fields' | 'storageKey'>>;

function resource(groupVersion: string, plural: string, kind: string, options: Options = {}): Resource {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  const defaults = { namespaced: true, status: false, generation: 'never', fields: [] } as const;
  return {
    ...defaults,
    group: group ?? '',
    version: version ?? 'v1',
    plural,
    kind,
    storageKey: `${group}/${plural}`,
    ...options,
  };
}

const POD_FIELDS = ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'];
const EVENT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'fieldPath'];
const WORKLOAD = { status: true, generation: 'spec' } as const;

export const NAMESPACES = resource('v1', 'namespaces', 'Namespace', {
  namespaced: false,
  status: true,
  fields: ['status.phase'],
});
export const CONFIG_MAPS = resource('v1', 'configmaps', 'ConfigMap');
export const SECRETS = resource('v1', 'secrets', 'Secret', { fields: ['type'] });
export const NODES = resource('v1', 'nodes', 'Node', { namespaced: false, status: true });
export const PODS = resource('v1', 'pods', 'Pod', { ...WORKLOAD, fields: [...POD_FIELDS, 'status.phase'] });
export const EVENTS = resource('v1', 'events', 'Event', {
  fields: ['reason', 'type', 'reportingComponent', ...EVENT_FIELDS.map((field) => `involvedObject.${field}`)],
});
export const NEW_EVENTS = resource('events.k8s.io/v1', 'events', 'Event', {
  fields: ['reason', 'type', 'reportingController', ...EVENT_FIELDS.map((field) => `regarding.${field}`)],
  storageKey: EVENTS.storageKey,
});
export const DEPLOYMENTS = resource('apps/v1', 'deployments', 'Deployment', {
  status: true,
  generation: 'spec-or-annotations',
});
export const REPLICA_SETS = resource('apps/v1', 'replicasets', 'ReplicaSet', WORKLOAD);
export const STATEFUL_SETS = resource('apps/v1', 'statefulsets', 'StatefulSet', WORKLOAD);
export const DAEMON_SETS = resource('apps/v1', 'daemonsets', 'DaemonSet', WORKLOAD);
export const CONTROLLER_REVISIONS = resource('apps/v1', 'controllerrevisions', 'ControllerRevision');
export const LEASES = resource('coordination.k8s.io/v1', 'leases', 'Lease');

/** Everything the server knows. The last lines are stored and served only: no controller acts on them. */
export const RESOURCES: readonly Resource[] = [
  NAMESPACES,
  CONFIG_MAPS,
  SECRETS,
  NODES,
  PODS,
  EVENTS,
  NEW_EVENTS,
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
  DAEMON_SETS,
  CONTROLLER_REVISIONS,
  LEASES,
  resource('v1', 'serviceaccounts', 'ServiceAccount'),
  resource('batch/v1', 'jobs', 'Job', WORKLOAD),
  resource('batch/v1', 'cronjobs', 'CronJob', WORKLOAD),
  resource('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', WORKLOAD),
];

/** `v1`, or `apps/v1`: the `apiVersion` of its objects. */
export const apiVersionOf = (kind: Resource): string => (kind.group ? `${kind.group}/${kind.version}` : kind.version);

/** `configmaps`, or `deployments.apps`: how error messages name it. */
export const qualifiedName = (kind: Resource): string => (kind.group ? `${kind.plural}.${kind.group}` : kind.plural);

/** The resource at a path's group, version and plural, or undefined. */
export const findResource = (group: string, version: string, plural: string): Resource | undefined =>
  RESOURCES.find((one) => one.group === group && one.version === version && one.plural === plural);

/** The resource of an object by its `apiVersion` and `kind`, or undefined. */
export const resourceOf = (object: { readonly apiVersion: string; readonly kind: string }): Resource | undefined =>
  RESOURCES.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion);
