import type { Logger } from 'pino';
import type { LeadershipConfig } from '../config/modes';
import type { KubeClient } from '../kube/client';
import { systemClock } from '../platform/clock';
import { LeaderElector } from './leader-elector';
import { ApiLeaseStore } from './lease.kube';

type Parts = Readonly<{ log: Logger; lost: (why: string) => void }>;

/** null: there is nobody to agree with. `client` has to be able to write whoever leads. */
export function makeElector(
  config: LeadershipConfig | null,
  client: KubeClient,
  { log, lost }: Parts,
): LeaderElector | null {
  if (config === null) return null;
  let told = '';
  const trouble = (what: string, error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    if (why !== told) log.warn({ why }, what);
    told = why;
  };
  const leases = new ApiLeaseStore(client, config.namespace, config.renewWithinMs / 2);
  return new LeaderElector(leases, config, { clock: systemClock, hooks: { lost, trouble } });
}
