import type { KubeObject, WatchHandler } from '../kube/kube.port';
import { type Budget, type Budgeted, readBudget, strictBudget } from './core/budget';

/** The PodDisruptionBudgets of the cluster: nobody waits for them, and only plans tell of them. */
export class Budgets implements WatchHandler {
  readonly #byNamespace = new Map<string, Map<string, Budget>>();
  #missing: Map<string, Set<string>> | null = null;
  #changed: (namespace: string) => void = () => undefined;

  /** Called with the namespace after each change in one. */
  onChange(listener: (namespace: string) => void): void {
    this.#changed = listener;
  }

  /** The name of a budget that lets none of the workload's pods go. */
  over(namespace: string, workload: Budgeted): string | undefined {
    return strictBudget(this.#byNamespace.get(namespace)?.values() ?? [], workload);
  }

  listing(): void {
    this.#missing = new Map([...this.#byNamespace].map(([namespace, budgets]) => [namespace, new Set(budgets.keys())]));
  }

  upsert(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    this.#missing?.get(namespace)?.delete(name);
    const budgets = this.#byNamespace.get(namespace) ?? new Map<string, Budget>();
    const [before, budget] = [budgets.get(name), readBudget(object)];
    if (JSON.stringify(before) === JSON.stringify(budget)) return;
    this.#byNamespace.set(namespace, budgets.set(name, budget));
    this.#changed(namespace);
  }

  gone(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    this.#missing?.get(namespace)?.delete(name);
    this.#remove(namespace, name);
  }

  synced(): void {
    for (const [namespace, names] of this.#missing ?? []) for (const name of names) this.#remove(namespace, name);
    this.#missing = null;
  }

  #remove(namespace: string, name: string): void {
    const budgets = this.#byNamespace.get(namespace);
    if (budgets?.delete(name) !== true) return;
    if (budgets.size === 0) this.#byNamespace.delete(namespace);
    this.#changed(namespace);
  }
}
