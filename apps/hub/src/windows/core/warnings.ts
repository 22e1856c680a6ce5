import type { Labels } from '@app/contracts/objects';
import type { PolicyWarning } from '@app/contracts/policy/problems';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { ZONE_LABEL } from '@app/contracts/policy/time-zones';
import { neverOpens } from './evaluate';
import { type WindowHere, windowsIn, zoneOf } from './here';

const NEVER = 'they let nothing start within the next 90 days';

/** What a policy's windows, taken for themselves, deserve a second look for; those by the clocks of clusters as if in UTC. */
export const windowWarnings = (
  policy: Pick<ResolvedPolicy, 'name' | 'windows'>,
  at: number,
): readonly PolicyWarning[] =>
  neverOpens(windowsIn([policy], {}), at) ? [{ code: 'NEVER_OPEN', detail: `its windows: ${NEVER}` }] : [];

/** The same of one cluster, under the windows of all policies that guard it there. */
export function clusterWarnings(windows: readonly WindowHere[], labels: Labels, at: number): readonly PolicyWarning[] {
  const local = windows.find(({ byCluster }) => byCluster);
  const zone = zoneOf(labels);
  return [
    ...(neverOpens(windows, at) ? [{ code: 'NEVER_OPEN', detail: `the windows that hold there: ${NEVER}` }] : []),
    ...(local !== undefined && !Object.hasOwn(labels, ZONE_LABEL)
      ? [
          {
            code: 'NO_TIMEZONE',
            detail: `window ${local.name} of policy ${local.policy} goes by the cluster's clock, and without the label ${ZONE_LABEL} that is ${zone}`,
          },
        ]
      : []),
  ];
}
