import { objectKey } from '@app/contracts/objects';
import { type Refusal, refusalOf, refusesAll } from '../../limits/core/refusal';
import { seenWith } from './regression';
import { isOver, isUnpermitted, namesText } from './state';
import type { FleetNow, Ran, WorkloadNow } from './fleet-now';
import type { Instant, Restart, Rollout, Target, Why } from './model';

const REASONS: ReadonlySet<string> = new Set<Refusal['reason']>([
  'RateLimit',
  'MinInterval',
  'WorkloadLocked',
  'ConcurrencyLimit',
]);

/** Nothing of it may begin only because of a limit, when it was asked last. */
export const isLimited = ({ phase, reason }: Target): boolean => phase === 'Blocked' && REASONS.has(reason);

/** What a target waits for of which nothing may begin. */
export const limitWait = ({ reason, message, until }: Refusal): Partial<Target> => ({
  ...{ phase: 'Blocked', reason, message, until, closes: null },
});

type Told = Readonly<{ reason: string; message: string; until: Instant | null }>;

/** Why a target is as it is; of one in flight, what the rest of it waits for. */
export const targetWhy = ({ phase, reason, message, until, limited }: Target): Told =>
  reason === '' && limited && RESTARTING.has(phase) ? limited : { reason, message, until };

/** Why a restart is as it is; of one that has yet to begin, the workloads or the limit that it waits for. */
export function restartWhy(target: Target, restart: Restart): Told {
  const { reason, message } = restart;
  const own = { reason, message, until: null };
  if (reason !== '' || !isUnpermitted(restart)) return own;
  const order = restart.held ?? orderOf(target, restart);
  if (order !== undefined) return { reason: order.reason, message: order.message, until: null };
  return target.limited && RESTARTING.has(target.phase) ? target.limited : own;
}

/** Workloads of the same cluster that come before this one and are not through. */
function orderOf({ restarts }: Target, { after }: Restart): Why | undefined {
  const open = restarts.filter((other) => !isOver(other)).map(({ workload }) => objectKey(workload));
  const before = after.filter((key) => open.includes(key));
  return before.length === 0 ? undefined : { reason: 'Order', message: `waits for ${namesText(before)}` };
}

const RESTARTING: ReadonlySet<string> = new Set<Target['phase']>(['Dispatched', 'Acked', 'Restarting']);

/** Why this restart may not begin now; null: as far as is known nothing is in its way. */
const refusedRestart = ({ verdict }: FleetNow, cluster: string, { workload }: Restart): Refusal | null =>
  refusalOf(verdict, { cluster, namespace: workload.namespace, workload: objectKey(workload) });

/** Of restarts that are ready, those that may begin; and why the first of the others may not. */
export function withinLimits(
  fleet: FleetNow,
  cluster: string,
  ready: ReadonlySet<Restart>,
): Readonly<{ may: ReadonlySet<Restart>; refusal: Refusal | null }> {
  if (fleet.verdict === undefined) return { may: ready, refusal: null };
  const judged = [...ready].map((restart) => ({ restart, refusal: refusedRestart(fleet, cluster, restart) }));
  const refused = judged.flatMap(({ refusal }) => refusal ?? []);
  return {
    may: new Set(judged.filter(({ refusal }) => refusal === null).map(({ restart }) => restart)),
    refusal: refused.reduce<Refusal | null>(sooner, null),
  };
}

/** What ends sooner is told; what is not known to end comes last. */
const sooner = (one: Refusal | null, other: Refusal): Refusal =>
  one !== null && (one.until ?? Infinity) <= (other.until ?? Infinity) ? one : other;

/** Whoever comes after it in its wave would be refused for the same reason. */
export const holdsLine = ({ verdict }: FleetNow): boolean => refusesAll(verdict);

/** Another rollout restarts it now: what it will run is known when that is through. */
export const isTaken = ({ id }: Rollout, now: WorkloadNow | undefined): boolean =>
  now?.lockedBy !== undefined && now.lockedBy !== id;

/** Another rollout has written what it should run, and did not see it come up. */
export const isUnproven = ({ id }: Rollout, { ran, have }: WorkloadNow): boolean =>
  ran !== undefined && ran.rollout !== id && ran.revision === have && ran.outcome !== 'Succeeded';

/**
 * Of a workload that has had this restart with another rollout's, how it ended. One restart loads whatever all sources
 * hold, so that it serves every rollout that waited for it.
 */
export function mergedEnd(rollout: Rollout, now: WorkloadNow | undefined, at: Instant): Partial<Restart> | null {
  const ran = now === undefined ? undefined : broughtBy(rollout, now);
  if (ran === undefined) return null;
  const message = `restarted once for both: rollout ${ran.rollout} brought this revision along`;
  const ended = { phase: 'Succeeded', reason: 'MergedInto', startedAt: at, finishedAt: at } as const;
  return { ...ended, message, revision: ran.revision, ...seenWith(rollout.spec, now?.pods) };
}

/** The restart that another rollout had since this one is there, and that left nothing to do. */
function broughtBy({ id, createdAt }: Rollout, { ran, have, want, ignored }: WorkloadNow): Ran | undefined {
  if (ran === undefined || ran.rollout === id || ran.outcome !== 'Succeeded' || ran.at < createdAt) return undefined;
  return !ignored && want === have && ran.revision === have ? ran : undefined;
}
