import { badRequest } from './errors';
import { type KubeObject, valueAt } from './objects';
import type { Resource } from './resources';

/** Whether an object is selected. */
export type Selects = (object: KubeObject) => boolean;

/** The `selector` of a workload. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const SET = /^([^\s!=,()]+)\s+(in|notin)\s+\(([^()]*)\)$/;
const EQUALITY = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTS = /^(!?)\s*([^\s!=,()]+)$/;

function requirement(text: string): Requirement {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? NO_LABEL) === (operator === 'in');
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const exists = EXISTS.exec(text);
  if (exists) {
    const [, negated, key = ''] = exists;
    return (labels) => key in labels !== (negated === '!');
  }
  throw badRequest(`unable to parse requirement: "${text}"`);
}

/** Stands for a missing label in set comparisons; no label value can contain a space. */
const NO_LABEL = ' ';

/** Splits at commas outside parentheses. */
const requirementsOf = (text: string): string[] => text.split(/,(?![^(]*\))/).map((part) => part.trim());

/** `?labelSelector=`: equality, set and existence requirements. Throws 400 when it can not be parsed. */
export function parseLabelSelector(text: string): Selects {
  if (text.trim() === '') return () => true;
  const requirements = requirementsOf(text).map(requirement);
  return (object) => requirements.every((holds) => holds(object.metadata.labels ?? {}));
}

/** `?fieldSelector=`: `=`, `==` and `!=` over the fields that the resource supports. Throws 400 for any other field. */
export function parseFieldSelector(text: string, resource: Resource): Selects {
  if (text.trim() === '') return () => true;
  const supported = ['metadata.name', ...(resource.namespaced ? ['metadata.namespace'] : []), ...resource.fields];
  const checks = text.split(',').map((part): Selects => {
    const match = /^([^!=]+)(==|=|!=)(.*)$/.exec(part);
    if (!match) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, field = '', operator, value] = match;
    if (!supported.includes(field)) {
      const known = supported.map((name) => `"${name}"`).join(', ');
      throw badRequest(`"${field}" is not a known field selector: only ${known}`);
    }
    return (object) => (String(valueAt(object, field) ?? '') === value) === (operator !== '!=');
  });
  return (object) => checks.every((check) => check(object));
}

/** Whether labels satisfy the `selector` of a workload. */
export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    byLabel &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key in labels;
      if (operator === 'DoesNotExist') return !(key in labels);
      return values.includes(labels[key] ?? NO_LABEL) === (operator === 'In');
    })
  );
}
