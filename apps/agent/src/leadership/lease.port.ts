import type { Lease } from './core/lease';

/** The one Lease that replicas agree by. Both throw when the API server gives no answer. */
export interface LeaseStore {
  /** null: it does not exist. */
  read(): Promise<Lease | null>;
  /** Creates it, or replaces `before`; null: somebody else was faster. */
  write(before: Lease | null, spec: Readonly<Record<string, unknown>>): Promise<Lease | null>;
}
