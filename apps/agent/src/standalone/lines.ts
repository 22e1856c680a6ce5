import type { WorkloadFact } from '@app/contracts/wire/facts';
import { circlesIn } from './core/circles';
import { keysNamed, type Line } from './core/turn';

type Named = Readonly<{ namespace: string; names: readonly string[]; before: readonly string[] }>;

/** Who is to restart after whom. Only workloads that name somebody are in it, and may be part of a circle. */
export class Lines {
  readonly #named = new Map<string, Named>();
  readonly #namespaces = new Map<string, Set<string>>();
  /** Worked out when somebody asks, and forgotten with the next change in the namespace. */
  readonly #circles = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** The workload as it is now; undefined: there is none. */
  put(key: string, fact: WorkloadFact | undefined): void {
    const names = fact && fact.state !== 'Ignored' ? fact.annotations?.restartAfter : undefined;
    const known = this.#named.get(key);
    if (names?.join() === known?.names.join()) return;
    if (known) this.#forget(key, known.namespace);
    if (fact && names) this.#set(key, fact.namespace, names);
  }

  /** undefined: it names nobody. */
  of(key: string): Line | undefined {
    const named = this.#named.get(key);
    return named && { before: named.before, circle: this.#circlesOf(named.namespace).get(key) ?? [] };
  }

  #set(key: string, namespace: string, names: readonly string[]): void {
    this.#named.set(key, { namespace, names, before: keysNamed(namespace, names) });
    this.#namespaces.set(namespace, (this.#namespaces.get(namespace) ?? new Set()).add(key));
    this.#circles.delete(namespace);
  }

  #forget(key: string, namespace: string): void {
    const keys = this.#namespaces.get(namespace);
    this.#named.delete(key);
    keys?.delete(key);
    if (keys?.size === 0) this.#namespaces.delete(namespace);
    this.#circles.delete(namespace);
  }

  #circlesOf(namespace: string): ReadonlyMap<string, readonly string[]> {
    const known = this.#circles.get(namespace);
    if (known) return known;
    const keys = [...(this.#namespaces.get(namespace) ?? [])];
    const isNaming = (key: string): boolean => this.#named.has(key);
    const edges = keys.map((key) => [key, (this.#named.get(key)?.before ?? []).filter(isNaming)] as const);
    const circles = circlesIn(new Map(edges));
    this.#circles.set(namespace, circles);
    return circles;
  }
}
