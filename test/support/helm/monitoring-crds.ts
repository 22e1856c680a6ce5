/** Of the Prometheus operator and of the autoscaler: the fields that our charts write, so that others are refused. */
type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: 'string' };
const FREE: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const list = (items: Schema): Schema => ({ type: 'array', items });
const map = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });
const TEXT_MAP: Schema = { type: 'object', additionalProperties: TEXT };

const ENDPOINT = map({
  port: TEXT,
  path: TEXT,
  interval: { ...TEXT, pattern: '^(0|(([0-9]+)(ms|s|m|h|d|w|y))+)$' },
  scrapeTimeout: { ...TEXT, pattern: '^(0|(([0-9]+)(ms|s|m|h|d|w|y))+)$' },
  scheme: TEXT,
  honorLabels: { type: 'boolean' },
  tlsConfig: FREE,
  relabelings: list(FREE),
  metricRelabelings: list(FREE),
});
const MONITOR = {
  namespaceSelector: map({ matchNames: list(TEXT) }),
  selector: map({ matchLabels: TEXT_MAP }),
  podTargetLabels: list(TEXT),
};
const RULE = map({
  alert: TEXT,
  expr: { 'x-kubernetes-int-or-string': true },
  for: { ...TEXT, pattern: '^(0|(([0-9]+)(ms|s|m|h|d|w|y))+)$' },
  labels: TEXT_MAP,
  annotations: TEXT_MAP,
});

const SPECS: Readonly<Record<string, Schema>> = {
  ServiceMonitor: map({ ...MONITOR, endpoints: list(ENDPOINT), targetLabels: list(TEXT) }),
  PodMonitor: map({ ...MONITOR, podMetricsEndpoints: list(ENDPOINT) }),
  PrometheusRule: map({ groups: list(map({ name: TEXT, rules: list(RULE) })) }),
};

/** Definitions of the kinds that our charts can make beyond Kubernetes' own. */
export const MONITORING_CRDS = Object.entries(SPECS).map(([kind, spec]) => {
  const singular = kind.toLowerCase();
  const names = { kind, listKind: `${kind}List`, singular, plural: `${singular}s` };
  const schema = { openAPIV3Schema: map({ spec }) };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names,
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
});
