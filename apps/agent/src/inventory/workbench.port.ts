import type { WorkloadKind } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { KubeObject } from '../kube/kube.port';
import type { Return } from './core/detour';
import type { Activity } from './core/fact';
import type { WorkloadRecord } from './core/records';
import type { MemberSource, Reckoning } from './core/reckon';

/** A workload as it was last seen, and what follows from it. */
export type WorkloadLook = Readonly<{
  record: WorkloadRecord;
  /** null: nothing opts it in, or it reacts to nothing. */
  reckoning: Reckoning | null;
  members: readonly MemberSource[];
}>;

/** What a restart brought, as it is to be recorded. */
export type Applied = Readonly<{
  uid: string;
  /** The mark that it left in the template. */
  mark: string | null;
  sources: Readonly<Record<string, Revision>>;
  /** What was true before; counts again if the restart is turned back before it ends. */
  previous: Readonly<Record<string, Revision>> | null;
}>;

/** The inventory as those see it who restart workloads. Keys are `objectKey`s. */
export interface Workbench {
  look(key: string): WorkloadLook | undefined;
  /** undefined: there is no such object. */
  sourceUid(key: string): string | undefined;
  /** A version of a workload that came by other ways than the watch; older than what is known: no effect. */
  observe(kind: WorkloadKind, object: KubeObject): void;
  /** A PATCH of ours was accepted; `object` is its answer. */
  applied(key: string, applied: Applied, object: KubeObject): void;
  /** The workload counts as started with `sources` although nothing was written to it. */
  settle(key: string, uid: string, sources: Readonly<Record<string, Revision>>): void;
  /** Called when the sources are back at what a workload was started with, which from then on counts as behind. */
  onReturn(listener: (key: string, back: Return) => void): void;
  setActivity(key: string, activity: Activity | null): void;
  /** Takes the activity back if it is still the one for this revision. */
  endActivity(key: string, revision: Revision): void;
  /** Called at once after each new version or removal of a workload. */
  onWorkload(listener: (key: string) => void): void;
}
