import type { Labels } from '@app/contracts/objects';
import type { ResolvedPolicy, ResolvedWindow } from '@app/contracts/policy/resolved';
import { CLUSTER_ZONE, ZONE_LABEL, zoneProblem } from '@app/contracts/policy/time-zones';
import type { Urgency } from '@app/contracts/policy/urgency';

/** A policy's window in one cluster. */
export type WindowHere = Readonly<
  ResolvedWindow & {
    policy: string;
    /** For whom it counts, where its policy has windows that count for some only; absent: for everybody. */
    forUrgency?: Urgency;
    /** `zone` is the one that the cluster lies in. */
    byCluster: boolean;
    /** Why it is not known when it is open, as a sentence: then nothing may start by it. Null: `zone` names a time zone. */
    unknown: string | null;
  }
>;

type WithWindows = Pick<ResolvedPolicy, 'name' | 'windows'>;

/**
 * The windows of these policies that count for rollouts of this urgency, by the clocks of a cluster with these labels.
 * Without the label `timezone` that is UTC.
 */
export const windowsIn = (policies: readonly WithWindows[], labels: Labels, urgency: Urgency): readonly WindowHere[] =>
  policies.flatMap(({ name, windows }) => {
    const only = dependsOnUrgency({ windows }) ? { forUrgency: urgency } : {};
    const counting = windows.filter(({ appliesTo }) => appliesTo?.includes(urgency) ?? true);
    return counting.map((window): WindowHere => {
      const byCluster = window.zone === CLUSTER_ZONE;
      const zone = byCluster ? zoneOf(labels) : window.zone;
      const problem = zoneProblem(zone);
      const unknown = problem === null ? null : `the label ${ZONE_LABEL} of the cluster, "${zone}", ${problem}`;
      return { ...window, policy: name, ...only, byCluster, zone, unknown };
    });
  });

/** Whether what the windows of a policy say is not the same for all rollouts. */
export const dependsOnUrgency = ({ windows }: Pick<ResolvedPolicy, 'windows'>): boolean =>
  windows.some(({ appliesTo }) => appliesTo !== undefined);

/** Stands for the windows of policies that can not be read: without knowing all rules nothing new may start. */
export const unreadable = (policy: string, why: string): readonly WindowHere[] => [
  {
    ...{ name: 'unknown', kind: 'deny', period: { type: 'once', from: 0, to: 0 }, zone: 'UTC', minRemainingMs: 0 },
    ...{ overrun: 'finishInFlight', byCluster: false, policy, unknown: `the policies can not be read: ${why}` },
  },
];

/** The zone that a cluster says it lies in, or UTC. */
export const zoneOf = (labels: Labels): string => (Object.hasOwn(labels, ZONE_LABEL) && labels[ZONE_LABEL]) || 'UTC';
