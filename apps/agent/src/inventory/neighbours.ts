import { type ClusterWarning, MAX_WARNINGS } from '@app/contracts/wire/agent-messages';
import type { KubeObject, WatchedKind } from '../kube/kube.port';
import { runsReloader } from './core/other-reloader';
import { keyOf } from './listings';

/** Others in the cluster that restart workloads when sources change: each change would then restart them twice. */
export class Neighbours {
  readonly #reloaders = new Set<string>();
  #warnings: readonly ClusterWarning[] = [];

  /** @param told called when one is seen that was not there before. */
  constructor(private readonly told: (reloader: string) => void) {}

  see(kind: WatchedKind, object: KubeObject): void {
    if (kind !== 'Deployment') return;
    const key = keyOf(kind, object);
    if (!runsReloader(object)) return this.gone(key);
    if (this.#reloaders.has(key)) return;
    this.#reloaders.add(key);
    this.#look();
    this.told(key);
  }

  gone(key: string): void {
    if (this.#reloaders.delete(key)) this.#look();
  }

  /** The same list as long as nothing changes. */
  warnings(): readonly ClusterWarning[] {
    return this.#warnings;
  }

  #look(): void {
    this.#warnings = [...this.#reloaders].sort().slice(0, MAX_WARNINGS).map(warningOf);
  }
}

const warningOf = (key: string): ClusterWarning => ({
  code: 'OtherReloader',
  detail: `${key} runs Stakater Reloader: both restart workloads; remove it, or let each see other namespaces`,
});
