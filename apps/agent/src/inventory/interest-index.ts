/** Which workloads look at which source, and which look at every source of a namespace. */
export class InterestIndex {
  readonly #bySource = new Map<string, Set<string>>();
  readonly #byNamespace = new Map<string, Set<string>>();
  readonly #interests = new Map<string, Readonly<{ sources: readonly string[]; namespace: string | null }>>();

  /** Replaces what a workload is interested in. `namespace`: it names sources by pattern there. */
  set(workload: string, sources: readonly string[], namespace: string | null): void {
    this.delete(workload);
    if (sources.length === 0 && namespace === null) return;
    this.#interests.set(workload, { sources, namespace });
    for (const source of sources) add(this.#bySource, source, workload);
    if (namespace !== null) add(this.#byNamespace, namespace, workload);
  }

  delete(workload: string): void {
    const interests = this.#interests.get(workload);
    if (!interests) return;
    this.#interests.delete(workload);
    for (const source of interests.sources) remove(this.#bySource, source, workload);
    if (interests.namespace !== null) remove(this.#byNamespace, interests.namespace, workload);
  }

  /** The sources that were given for a workload. */
  interestsOf(workload: string): readonly string[] {
    return this.#interests.get(workload)?.sources ?? [];
  }

  /** The workloads to look at again when a source changes, comes or goes. */
  of(source: string, namespace: string): ReadonlySet<string> {
    const direct = this.#bySource.get(source);
    const byPattern = this.#byNamespace.get(namespace);
    return new Set([...(direct ?? []), ...(byPattern ?? [])]);
  }
}

function add(index: Map<string, Set<string>>, key: string, value: string): void {
  const values = index.get(key);
  if (values) values.add(value);
  else index.set(key, new Set([value]));
}

function remove(index: Map<string, Set<string>>, key: string, value: string): void {
  const values = index.get(key);
  values?.delete(value);
  if (values?.size === 0) index.delete(key);
}
