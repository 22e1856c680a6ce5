import { type Cause, invalid } from './errors';
import { isJsonObject, type JsonObject, type KubeObject, sameJson, valueAt } from './objects';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  NAMESPACES,
  REPLICA_SETS,
  type Resource,
  SECRETS,
  STATEFUL_SETS,
} from './resources';
import { type LabelSelector, selectorMatches } from './selectors';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
/** A key of labels and annotations: an optional prefix, and a name. */
const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
/** Most bytes that the data of one ConfigMap or Secret may hold. */
const DATA_LIMIT = 1_048_576;

const TEMPLATED: readonly Resource[] = [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS];
const SOURCES: readonly Resource[] = [CONFIG_MAPS, SECRETS];

/** Fields that hold text keyed by text; anything else in them can not be decoded. */
const STRING_MAPS = ['metadata.labels', 'metadata.annotations'];
const SOURCE_STRING_MAPS = ['data', 'stringData', 'binaryData'];
const TEMPLATE_STRING_MAPS = ['spec.template.metadata.labels', 'spec.template.metadata.annotations'];

/** Why the object can not be decoded into its kind, or undefined. Real servers refuse this before any validation. */
export function decodingProblem(resource: Resource, object: JsonObject): string | undefined {
  const isSource = SOURCES.includes(resource);
  const paths = [...STRING_MAPS, ...(isSource ? SOURCE_STRING_MAPS : TEMPLATE_STRING_MAPS)];
  const problem = paths.map((path) => stringMapProblem(resource, object, path)).find((text) => text !== undefined);
  if (problem || !isSource) return problem;
  const encoded = resource === SECRETS ? valueAt(object, 'data') : valueAt(object, 'binaryData');
  const broken = isJsonObject(encoded) && Object.values(encoded).some((value) => !isBase64(String(value)));
  return broken ? 'illegal base64 data at input byte 0' : undefined;
}

function stringMapProblem({ kind }: Resource, object: JsonObject, path: string): string | undefined {
  const map = valueAt(object, path);
  if (map === undefined || map === null) return undefined;
  if (!isJsonObject(map)) return `json: cannot unmarshal into Go struct field ${kind}.${path}`;
  const wrong = Object.values(map).find((value) => typeof value !== 'string');
  return wrong === undefined
    ? undefined
    : `json: cannot unmarshal ${typeof wrong} into Go struct field ${kind}.${path} of type string`;
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** Throws 422 with every problem of a new object, or of a changed one. */
export function validate(resource: Resource, object: KubeObject, before?: KubeObject): void {
  const causes = [
    ...(before ? metadataChanges(object, before) : nameProblems(resource, object)),
    ...keyProblems(object),
    ...(TEMPLATED.includes(resource) ? templateProblems(object, before) : []),
    ...(SOURCES.includes(resource) ? sourceProblems(object, before) : []),
  ];
  if (causes.length > 0) throw invalid(resource.kind, object.metadata.name, causes);
}

const required = (field: string, message = 'Required value'): Cause => ({
  reason: 'FieldValueRequired',
  message,
  field,
});

const wrong = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

function nameProblems(resource: Resource, { metadata }: KubeObject): Cause[] {
  const { name } = metadata;
  if (!name) return [required('metadata.name', 'Required value: name or generateName is required')];
  const [pattern, called] = resource === NAMESPACES ? [LABEL, 'label'] : [SUBDOMAIN, 'subdomain'];
  if (name.length <= 253 && new RegExp(`^${pattern}$`).test(name)) return [];
  const why =
    `a lowercase RFC 1123 ${called} must consist of lower case alphanumeric characters, '-' or '.', and must start ` +
    `and end with an alphanumeric character (regex used for validation is '${pattern}')`;
  return [wrong('metadata.name', name, why)];
}

function keyProblems({ metadata }: KubeObject): Cause[] {
  return (['labels', 'annotations'] as const).flatMap((field) =>
    Object.keys(metadata[field] ?? {})
      .filter((key) => !KEY.test(key))
      .map((key) =>
        wrong(`metadata.${field}`, key, 'a valid key is an optional DNS prefix and a name, separated by a slash'),
      ),
  );
}

function metadataChanges({ metadata }: KubeObject, before: KubeObject): Cause[] {
  if (metadata.uid === before.metadata.uid) return [];
  return [wrong('metadata.uid', metadata.uid, 'field is immutable')];
}

function templateProblems(object: KubeObject, before?: KubeObject): Cause[] {
  const selector = valueAt(object, 'spec.selector');
  const labels = valueAt(object, 'spec.template.metadata.labels') ?? {};
  const containers = valueAt(object, 'spec.template.spec.containers');
  const causes: Cause[] = [];
  if (!isJsonObject(selector)) return [required('spec.selector')];
  if (!selectorMatches(selector as LabelSelector, labels as Record<string, string>)) {
    causes.push(wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  if (!Array.isArray(containers) || containers.length === 0) causes.push(required('spec.template.spec.containers'));
  if (before && !sameJson(selector, valueAt(before, 'spec.selector'))) {
    causes.push(wrong('spec.selector', selector, 'field is immutable'));
  }
  const replicas = valueAt(object, 'spec.replicas');
  if (typeof replicas === 'number' && replicas < 0) {
    causes.push(wrong('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  return causes;
}

function sourceProblems(object: KubeObject, before?: KubeObject): Cause[] {
  const content = (of: KubeObject) => [valueAt(of, 'data'), valueAt(of, 'binaryData')];
  const causes: Cause[] = [];
  const size = content(object)
    .flatMap((map) => (isJsonObject(map) ? Object.values(map) : []))
    .reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0);
  if (size > DATA_LIMIT) {
    causes.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${DATA_LIMIT} bytes`,
      field: 'data',
    });
  }
  if (!before) return causes;
  if (valueAt(object, 'type') !== valueAt(before, 'type')) {
    causes.push(wrong('type', valueAt(object, 'type'), 'field is immutable'));
  }
  const frozen = valueAt(before, 'immutable') === true;
  const forbidden = { reason: 'FieldValueForbidden', message: 'Forbidden: field is immutable when `immutable` is set' };
  if (frozen && valueAt(object, 'immutable') !== true) causes.push({ ...forbidden, field: 'immutable' });
  if (frozen && !sameJson(content(object), content(before))) causes.push({ ...forbidden, field: 'data' });
  return causes;
}
