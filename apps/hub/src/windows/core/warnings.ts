import type { Labels } from '@app/contracts/objects';
import type { PolicyWarning } from '@app/contracts/policy/problems';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { ZONE_LABEL } from '@app/contracts/policy/time-zones';
import { URGENCIES, type Urgency } from '@app/contracts/policy/urgency';
import { neverOpens } from './evaluate';
import { dependsOnUrgency, type WindowHere, windowsIn, zoneOf } from './windows-here';

const never = (what = 'nothing'): string => `they let ${what} start within the next 90 days`;

/** What a policy's windows, taken for themselves, deserve a second look for; those by the clocks of clusters as if in UTC. */
export function windowWarnings(policy: Pick<ResolvedPolicy, 'name' | 'windows'>, at: number): readonly PolicyWarning[] {
  const isShut = (urgency: Urgency): boolean => neverOpens(windowsIn([policy], {}, urgency), at);
  if (!dependsOnUrgency(policy)) return isShut('rotation') ? [neverOpen(`its windows: ${never()}`)] : [];
  const shut = URGENCIES.filter(isShut);
  return shut.length === 0 ? [] : [neverOpen(`its windows: ${never(`nothing of urgency ${shut.join(', ')}`)}`)];
}

const neverOpen = (detail: string): PolicyWarning => ({ code: 'NEVER_OPEN', detail });

/** The same of one cluster, under the windows of all policies that guard it there. */
export function clusterWarnings(windows: readonly WindowHere[], labels: Labels, at: number): readonly PolicyWarning[] {
  const local = windows.find(({ byCluster }) => byCluster);
  const zone = zoneOf(labels);
  return [
    ...(neverOpens(windows, at) ? [neverOpen(`the windows that hold there: ${never()}`)] : []),
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
