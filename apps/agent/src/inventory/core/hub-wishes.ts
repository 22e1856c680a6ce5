import { POLICY_ANNOTATION, RESTART_AFTER_ANNOTATION, ROLLOUT_OVERRIDE_ANNOTATION } from '@app/contracts/annotations';
import { DNS_LABEL, DNS_SUBDOMAIN } from '@app/contracts/objects';
import { ExpressionError } from '@app/contracts/policy/one-line';
import { parseOverride } from '@app/contracts/policy/override';
import {
  MAX_RESTART_AFTER,
  type SourceAnnotations,
  sourceAnnotations,
  type WorkloadAnnotations,
} from '@app/contracts/wire/facts';
import type { Annotations } from './annotation-keys';
import { splitList } from './name-patterns';

/** What annotations ask of the hub; `asked` undefined: nothing. What can not be understood is left out, and said. */
export type Wishes<T> = Readonly<{ asked: T | undefined; warnings: readonly string[] }>;

/** Of a workload, by its metadata, else its pod template. */
export function workloadWishes(
  name: string,
  metadata: Annotations,
  template: Annotations,
): Wishes<WorkloadAnnotations> {
  const warnings: string[] = [];
  const read = (key: string): string | undefined => metadata[key] ?? template[key];
  const policy = policyIn(read(POLICY_ANNOTATION), warnings);
  const restartAfter = namesIn(read(RESTART_AFTER_ANNOTATION), name, warnings);
  const asked = { ...(policy !== undefined && { policy }), ...(restartAfter.length > 0 && { restartAfter }) };
  return { asked: orNothing(asked), warnings };
}

/** Of a source. */
export function sourceWishes(annotations: Annotations): Wishes<SourceAnnotations> {
  const warnings: string[] = [];
  const policy = policyIn(annotations[POLICY_ANNOTATION], warnings);
  const rolloutOverride = overrideIn(annotations[ROLLOUT_OVERRIDE_ANNOTATION], warnings);
  const asked = { ...(policy !== undefined && { policy }), ...(rolloutOverride !== undefined && { rolloutOverride }) };
  return { asked: orNothing(asked), warnings };
}

const orNothing = <T extends object>(asked: T): T | undefined => (Object.keys(asked).length === 0 ? undefined : asked);

function policyIn(text: string | undefined, warnings: string[]): string | undefined {
  const name = text?.trim();
  if (name === undefined || DNS_LABEL.test(name)) return name;
  warnings.push(`"${shown(name)}" in ${POLICY_ANNOTATION} is no name of a policy`);
  return undefined;
}

function namesIn(text: string | undefined, self: string, warnings: string[]): string[] {
  if (text === undefined) return [];
  const all = [...new Set(splitList(text))];
  const names = all.filter((name) => name !== self && DNS_SUBDOMAIN.test(name));
  const odd = all.filter((name) => !names.includes(name)).slice(0, 3);
  for (const name of odd) {
    const why = name === self ? 'is the workload itself' : 'is no name of a workload';
    warnings.push(`"${shown(name)}" in ${RESTART_AFTER_ANNOTATION} ${why}`);
  }
  if (all.length === 0) warnings.push(`${RESTART_AFTER_ANNOTATION} names no workload`);
  if (names.length > MAX_RESTART_AFTER) {
    warnings.push(`${RESTART_AFTER_ANNOTATION} names ${names.length} workloads: the first ${MAX_RESTART_AFTER} count`);
  }
  return names.slice(0, MAX_RESTART_AFTER);
}

function overrideIn(text: string | undefined, warnings: string[]): string | undefined {
  const expression = text?.trim();
  if (expression === undefined) return undefined;
  const why = whyUnread(expression);
  if (why === null) return expression;
  warnings.push(`${ROLLOUT_OVERRIDE_ANNOTATION}: ${why.slice(0, 200)}`);
  return undefined;
}

/** Why this is no `rollout:` expression; null: it is one. */
function whyUnread(expression: string): string | null {
  if (!sourceAnnotations.safeParse({ rolloutOverride: expression }).success)
    return `no rollout expression: "${shown(expression)}"`;
  try {
    parseOverride(expression);
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

const shown = (text: string): string => text.slice(0, 100);
