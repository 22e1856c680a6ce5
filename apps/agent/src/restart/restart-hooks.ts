import type { SourceRef, WorkloadKind, WorkloadRef } from '@app/contracts/objects';
import type { Order } from './core/order';
import type { Ending } from './follower';

/** Told what restarts do; changes nothing. */
export type RestartHooks = Readonly<{
  ended(order: Order, ending: Ending): void;
  /** One PATCH was answered, after so many seconds. */
  patched(seconds: number, kind: WorkloadKind): void;
  /** The restart is written; `cause`: the source that it is for. */
  restarted(order: Order, cause: SourceRef | undefined): void;
  /** The order could not be carried out now and is tried again after so many ms. */
  delayed(order: Order, why: string, retryMs: number): void;
  /** An order waits for its turn. */
  queued(): void;
  /** Its turn has come, after so many seconds. */
  taken(seconds: number): void;
  /** A pause period is over: the workload's pods are replaced from now on. */
  resumed(workload: WorkloadRef): void;
  resumeDelayed(workload: WorkloadRef, why: string): void;
}>;
