import fc from 'fast-check';
import { OUR_KEYS, RELOADER_KEYS } from '../../apps/agent/src/inventory/core/annotation-keys';

/** Pieces that mean something to one of the agent's parsers, or to the language that it is written in. */
const PIECES = [
  ...['(', ')', '[', ']', '{', '}', '{1000}', '{2,}', '{0,9}', '|', '*', '+', '?', '.', '^', '$', '\\', '\\d', '(?i)'],
  ...[',', ' ', '\t', '\n', '\0', '"', '""', "'", '=', '==', '!=', '!', ':', ':*', '=*', '/', '-', '--', '_', '#', ';'],
  ...['in', 'notin', 'in (a,b)', 'true', 'false', 'T', '1', '0', '9', '9'.repeat(40), '1e9', '-1', 'NaN', 'Infinity'],
  ...['h', 'm', 's', 'ms', 'us', 'µs', 'ns', '30s', '1h30m', 'hold', 'immediate', 'fallback:', 'used', 'restart'],
  ...['a', 'app', 'app-config', 'x'.repeat(253), 'é', '\u{1F600}', '\uD800', '__proto__', 'constructor', 'toString'],
];

/** Texts that a person could mistype, that a stranger could think of, or that come out of a broken machine. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);

const KEYS = [OUR_KEYS, RELOADER_KEYS].flatMap((keys) =>
  Object.values(keys).flatMap((key) => (typeof key === 'string' ? [key] : Object.values(key))),
);
const ANNOTATION_KEYS = [
  ...KEYS,
  ...['keys', 'hub-unreachable', 'revision', 'again', 'forced', 'policy', 'restart-after', 'rollout-override'].map(
    (word) => `fleet-reloader.io/${word}`,
  ),
  'reloader.stakater.com/last-reloaded-from',
];

/** Annotations of which most mean something to the agent. */
export const annotations: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...ANNOTATION_KEYS) }, { weight: 1, arbitrary: text }),
  text,
  { maxKeys: 5 },
);

/** Any JSON, with the field names that the agent looks for in it. */
const FIELDS = [
  ...['metadata', 'spec', 'status', 'template', 'jobTemplate', 'containers', 'initContainers', 'volumes', 'env'],
  ...['envFrom', 'volumeMounts', 'name', 'value', 'valueFrom', 'configMapKeyRef', 'secretKeyRef', 'key', 'items'],
  ...['configMap', 'secret', 'secretName', 'projected', 'sources', 'csi', 'selector', 'matchLabels', 'operator'],
  ...['matchExpressions', 'values', 'conditions', 'type', 'reason', 'replicas', 'observedGeneration', 'workloadRef'],
  ...['annotations', 'labels', 'ownerReferences', 'managedFields', 'fieldsV1', 'time', 'generation', 'subPath'],
  ...['data', 'binaryData', 'objects', 'secretProviderClassName', 'id', 'version', '__proto__', 'constructor'],
];

const leaf: fc.Arbitrary<unknown> = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null));

export const json: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('node'), { maxKeys: 4 }),
  ),
})).node;

const usually = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary }, { weight: 1, arbitrary: json });

const container = fc.record(
  {
    name: usually(text),
    env: usually(
      fc.array(
        fc.record({
          name: text,
          valueFrom: fc.record({ secretKeyRef: usually(fc.record({ name: text, key: text })) }),
        }),
        {
          maxLength: 2,
        },
      ),
    ),
    envFrom: usually(fc.array(fc.record({ configMapRef: usually(fc.record({ name: text })) }), { maxLength: 2 })),
    volumeMounts: usually(fc.array(fc.record({ name: text, subPath: text }, { requiredKeys: [] }), { maxLength: 2 })),
  },
  { requiredKeys: [] },
);

const template = fc.record(
  {
    metadata: usually(fc.record({ annotations: usually(annotations) })),
    spec: usually(
      fc.record(
        { containers: usually(fc.array(usually(container), { maxLength: 2 })), volumes: json, initContainers: json },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

/** What has the identity of a Kubernetes object, and for the rest is whatever a server may babble. */
export const kubeObject: fc.Arbitrary<unknown> = fc.record(
  {
    metadata: fc.record(
      {
        name: text,
        namespace: text,
        uid: text,
        resourceVersion: text,
        annotations: usually(annotations),
        labels: usually(fc.dictionary(text, text, { maxKeys: 2 })),
        generation: usually(fc.nat()),
        creationTimestamp: usually(fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
        managedFields: json,
        ownerReferences: json,
      },
      { requiredKeys: ['name', 'uid', 'resourceVersion'] },
    ),
    spec: usually(fc.record({ template, selector: json, replicas: json, jobTemplate: json }, { requiredKeys: [] })),
    status: json,
    data: usually(fc.dictionary(text, text, { maxKeys: 3 })),
    binaryData: json,
  },
  { requiredKeys: ['metadata'] },
);
