import type { WorkloadKind } from '@app/contracts/objects';
import type { JsonRecord } from '../../kube/core/json';
import { recordAt, recordsAt, textAt } from './read';

/** Where a kind keeps the template of its pods. */
export const TEMPLATE_PATH: Readonly<Record<WorkloadKind, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Job: ['spec', 'template'],
  Rollout: ['spec', 'template'],
  DeploymentConfig: ['spec', 'template'],
};

/** The pod template of a workload; an empty one where it has none (an Argo Rollout with a `workloadRef`). */
export const podTemplateOf = (kind: WorkloadKind, object: JsonRecord): JsonRecord =>
  recordAt(object, ...TEMPLATE_PATH[kind]);

const OPERATORS: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** Label selector of a workload's pods, in the form of the API's query. A DeploymentConfig's is a plain map. */
export function podSelectorOf(kind: WorkloadKind, object: JsonRecord): string {
  const selector = recordAt(object, 'spec', 'selector');
  const labels = kind === 'DeploymentConfig' ? selector : recordAt(selector, 'matchLabels');
  return joined(labels, selector);
}

/** A selector object of Kubernetes, in the form of the API's query. */
export const selectorText = (selector: unknown): string => joined(recordAt(selector, 'matchLabels'), selector);

function joined(labels: JsonRecord, selector: unknown): string {
  const equal = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  const expressions = recordsAt(selector, 'matchExpressions').map((one) => {
    const write = OPERATORS[textAt(one, 'operator') ?? ''];
    const values = Array.isArray(one['values']) ? one['values'].map(String).join(',') : '';
    return write ? write(textAt(one, 'key') ?? '', values) : '';
  });
  return [...equal, ...expressions].filter((part) => part !== '').join(',');
}
