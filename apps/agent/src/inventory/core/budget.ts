import type { Labels, WorkloadKind } from '@app/contracts/objects';
import { matchesSelector, parseSelector, type Selector, SelectorError } from '@app/contracts/selector';
import type { KubeObject } from '../../kube/kube.port';
import { at, countAt, textAt } from './read';
import { selectorText } from './pod-template';

/** A number of pods, or a percentage of them. */
type Share = number | string;

/** What is kept of a PodDisruptionBudget. */
export type Budget = Readonly<{
  name: string;
  /** null: it selects no pods. */
  selector: Selector | null;
  minAvailable: Share | null;
  maxUnavailable: Share | null;
  /** As its own controller counts; null: it has not yet, or can not. */
  counted: Readonly<{ pods: number; healthy: number }> | null;
}>;

/** A workload whose pods a budget may select. */
export type Budgeted = Readonly<{ kind: WorkloadKind; podLabels: Labels; desired: number }>;

export function readBudget(object: KubeObject): Budget {
  const observed = countAt(object, 0, 'status', 'observedGeneration') >= (object.metadata.generation ?? 0);
  const pods = countAt(object, 0, 'status', 'expectedPods');
  return {
    name: object.metadata.name,
    selector: selectorOf(object),
    minAvailable: shareAt(object, 'minAvailable'),
    maxUnavailable: shareAt(object, 'maxUnavailable'),
    counted: observed && pods > 0 ? { pods, healthy: countAt(object, 0, 'status', 'desiredHealthy') } : null,
  };
}

/** An empty selector selects all pods of the namespace, a missing one none. */
function selectorOf(object: KubeObject): Selector | null {
  if (at(object, 'spec', 'selector') === undefined) return null;
  try {
    return parseSelector(selectorText(at(object, 'spec', 'selector')));
  } catch (error) {
    if (error instanceof SelectorError) return null;
    throw error;
  }
}

const shareAt = (object: KubeObject, field: string): Share | null =>
  textAt(object, 'spec', field) ?? (at(object, 'spec', field) === undefined ? null : countAt(object, 0, 'spec', field));

/** Percentages are rounded up, as the budget's controller does it. */
const pods = (share: Share, of: number): number =>
  typeof share === 'number' ? share : Math.ceil((Number.parseInt(share, 10) * of) / 100);

/** How many of so many pods have to be healthy. */
function leastHealthy({ minAvailable, maxUnavailable }: Budget, of: number): number {
  if (maxUnavailable !== null) return of - pods(maxUnavailable, of);
  return pods(minAvailable ?? 1, of);
}

/** Kinds whose pods are there to stay. */
const LASTING: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'DeploymentConfig'];

/**
 * The first budget, by name, that lets none of the workload's pods go even while all are healthy; undefined: none does.
 * How healthy they are now plays no part: that changes with every restart.
 */
export function strictBudget(budgets: Iterable<Budget>, { kind, podLabels, desired }: Budgeted): string | undefined {
  if (!LASTING.includes(kind) || desired === 0) return undefined;
  const strict = [...budgets].filter((budget) => {
    if (budget.selector === null || !matchesSelector(budget.selector, podLabels)) return false;
    return budget.counted === null
      ? leastHealthy(budget, desired) >= desired
      : budget.counted.healthy >= budget.counted.pods;
  });
  return strict.map(({ name }) => name).sort()[0];
}
