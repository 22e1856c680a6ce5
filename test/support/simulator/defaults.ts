import { isJsonObject, type JsonObject, type KubeObject, type SourceObject } from './objects';
import { DAEMON_SETS, DEPLOYMENTS, PODS, REPLICA_SETS, type Resource, SECRETS, STATEFUL_SETS } from './resources';

const QUARTER = { maxSurge: '25%', maxUnavailable: '25%' };

/** Fills what the caller left open, as the real server does, so that writing the same again changes nothing. */
export function withDefaults(resource: Resource, object: KubeObject): KubeObject {
  if (resource === SECRETS) return secretDefaults(object);
  const spec = isJsonObject(object.spec) ? object.spec : undefined;
  if (!spec) return object;
  const complete = specDefaults(resource, spec);
  return complete === spec ? object : { ...object, spec: complete };
}

function specDefaults(resource: Resource, spec: JsonObject): JsonObject {
  switch (resource) {
    case DEPLOYMENTS:
      return {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        ...withTemplate(spec),
        strategy: strategyOf(spec.strategy, QUARTER),
      };
    case REPLICA_SETS:
      return { replicas: 1, ...withTemplate(spec) };
    case STATEFUL_SETS:
      return {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        revisionHistoryLimit: 10,
        serviceName: '',
        ...withTemplate(spec),
        updateStrategy: strategyOf(spec.updateStrategy, { partition: 0 }),
      };
    case DAEMON_SETS:
      return {
        revisionHistoryLimit: 10,
        ...withTemplate(spec),
        updateStrategy: strategyOf(spec.updateStrategy, { maxSurge: 0, maxUnavailable: 1 }),
      };
    case PODS:
      return podDefaults(spec);
    default:
      return spec;
  }
}

function strategyOf(given: unknown, rolling: JsonObject): JsonObject {
  const strategy = isJsonObject(given) ? given : {};
  const type = strategy.type ?? 'RollingUpdate';
  if (type !== 'RollingUpdate') return { ...strategy, type };
  const asked = isJsonObject(strategy.rollingUpdate) ? strategy.rollingUpdate : {};
  return { type, rollingUpdate: { ...rolling, ...asked } };
}

function withTemplate(spec: JsonObject): JsonObject {
  const { template } = spec;
  if (!isJsonObject(template) || !isJsonObject(template.spec)) return spec;
  return { ...spec, template: { ...template, spec: podDefaults(template.spec) } };
}

const POD_DEFAULTS = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};
const CONTAINER_DEFAULTS = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
};

function podDefaults(spec: JsonObject): JsonObject {
  const complete = (list: unknown) =>
    Array.isArray(list)
      ? (list as unknown[]).map((item) => (isJsonObject(item) ? { ...CONTAINER_DEFAULTS, ...item } : item))
      : list;
  return {
    ...POD_DEFAULTS,
    ...spec,
    containers: complete(spec.containers),
    ...(spec.initContainers === undefined ? {} : { initContainers: complete(spec.initContainers) }),
  };
}

/** `stringData` is written into `data` and never kept. */
function secretDefaults(object: KubeObject): KubeObject {
  const { stringData, ...secret } = object as SourceObject;
  const entries = Object.entries(stringData ?? {});
  const encoded = entries.map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const data = entries.length > 0 ? { ...secret.data, ...Object.fromEntries(encoded) } : secret.data;
  return { ...secret, type: secret.type ?? 'Opaque', ...(data ? { data } : {}) } as SourceObject;
}
