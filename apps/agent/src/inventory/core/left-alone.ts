import type { WorkloadKind } from '@app/contracts/objects';
import type { JsonRecord } from '../../kube/core/json';
import type { Carrier } from './mark';
import { recordAt, recordsAt, textAt } from './read';

/** Why a workload is never restarted, whatever its annotations say. */
export type LeftAlone = Readonly<{ reason: 'OwnedByCronJob' | 'WorkloadRef'; message: string }>;

/** null: it may be restarted. `carrier`: where a restart would leave its mark. */
export function leftAlone(kind: WorkloadKind, object: JsonRecord, carrier: Carrier): LeftAlone | null {
  if (kind === 'Job' && recordsAt(object, 'metadata', 'ownerReferences').some(isCronJob)) {
    return { reason: 'OwnedByCronJob', message: 'its CronJob made it: the CronJob is what reacts to changes' };
  }
  const owner = recordAt(object, 'spec', 'workloadRef');
  const name = textAt(owner, 'name');
  if (kind !== 'Rollout' || name === undefined || carrier === 'metadata') return null;
  const message =
    `its pod template is that of ${textAt(owner, 'kind') ?? 'Deployment'} ${name}: annotate that one, ` +
    'or choose the rollout-strategy "restart" and name the sources';
  return { reason: 'WorkloadRef', message };
}

const isCronJob = (owner: JsonRecord): boolean => owner['kind'] === 'CronJob' && owner['controller'] === true;
