import type { ClusterWarning } from '@app/contracts/wire/agent-messages';
import type { KeyRules } from './core/key-rules';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';

/** Keys (`objectKey`) of the facts that changed or went away since they were last handed on. */
export type InventoryChange = Readonly<{ sources: readonly string[]; workloads: readonly string[] }>;

/** What the cluster looks like now, computed from the watches. Complete only once `ready`. */
export interface Inventory {
  /** false until every watch has synced and the recorded baselines are read: nothing may be decided before. */
  ready(): boolean;
  whenReady(): Promise<void>;
  /** Every fact that the hub is told: all workloads, and the sources that a workload uses or names. */
  sources(): Iterable<SourceFact>;
  workloads(): Iterable<WorkloadFact>;
  source(key: string): SourceFact | undefined;
  workload(key: string): WorkloadFact | undefined;
  /**
   * Digest over all facts, order-free; equal digests mean equal facts.
   * @param proto an older version of the protocol: over the facts as that one has them.
   */
  digest(proto?: number): string;
  pendingCount(): number;
  /** What a person should know of the cluster; the same list as long as nothing changes. */
  warnings(): readonly ClusterWarning[];
  /** Called after each change of facts, coalesced per turn of the event loop. */
  onChange(listener: (change: InventoryChange) => void): void;
}

/** By which rules the sources are counted. */
export interface KeyCounting {
  /** From now on; for what waits by other rules, as soon as it does not any more. */
  countBy(rules: KeyRules): void;
}
