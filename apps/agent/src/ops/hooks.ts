import type { Logger } from 'pino';
import { RESTART_AFTER_ANNOTATION } from '@app/contracts/annotations';
import { objectKey, type WorkloadRef } from '@app/contracts/objects';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import type { JobEnd } from '../inventory/core/rollout-status';
import type { AdoptionHooks } from '../inventory/adoption';
import type { InventoryHooks } from '../inventory/inventory.service';
import type { LateKindsHooks } from '../inventory/late-kinds';
import type { KubeEvents, WatchedKind } from '../kube/kube.port';
import { regardingOf } from '../kube/core/paths';
import type { RestartHooks } from '../restart/restart-hooks';
import type { TurnsHooks } from '../standalone/turns';
import type { WatchObserver } from '../watch/watch-stream';
import type { Metrics } from './metrics';

/** Everything that can go wrong without stopping the agent is told in one form. */
export type Trouble = (what: string, error: unknown) => void;

const messageOf = (error: unknown): string | undefined =>
  error === undefined ? undefined : error instanceof Error ? error.message : String(error);

export const troubleTo =
  (log: Logger): Trouble =>
  (what, error) =>
    log.warn({ why: messageOf(error) }, what);

export const watchObserver = (log: Logger, metrics: Metrics): WatchObserver => ({
  event: (kind) => metrics.watchEvent(kind),
  relist: (kind, reason) => {
    metrics.relisted(kind, reason);
    log.debug({ kind, reason }, 'listing');
  },
  up: (kind, up) => {
    metrics.watchUp(kind, up);
    log.info({ kind, up }, up ? 'the watch is in sync' : 'the watch is interrupted');
  },
  trouble: (kind, why) => log.warn({ kind, why }, 'the watch does not work; it is tried again'),
  bug: (kind, object, error) => log.error({ kind, object, err: error }, 'an object could not be taken in'),
});

export const inventoryHooks = (log: Logger, metrics: Metrics, events: KubeEvents): InventoryHooks => ({
  noDataChange: () => metrics.skipped('no_data_change'),
  sourceMoved: () => undefined,
  misunderstood: ({ ref, uid }, warnings) => {
    log.warn({ workload: objectKey(ref), warnings }, 'annotations of a workload can not be understood');
    events.record({
      regarding: regardingOf(ref, uid),
      type: 'Warning',
      reason: 'InvalidAnnotation',
      action: 'Read',
      note: warnings.join('; '),
    });
  },
  otherReloader: (deployment) =>
    log.warn({ deployment }, 'Stakater Reloader runs beside this agent: both restart workloads; remove one of them'),
  trouble: troubleTo(log),
});

export const lateKindsHooks = (log: Logger): LateKindsHooks<WatchedKind> => ({
  appeared: (kind) => log.info({ kind }, 'the cluster serves this kind now: it is watched'),
  disappeared: (kind) => log.info({ kind }, 'the cluster does not serve this kind any more: it is not watched'),
  hindered: (kind, why) => log.warn({ kind, why }, 'this kind is there and can not be watched'),
});

export const adoptionHooks = (log: Logger): AdoptionHooks => ({
  compared: (marked, behind) =>
    log.info({ marked, behind }, 'the marks that Reloader left are compared; nothing restarts'),
  behind: (workload, message) => log.warn({ workload, detail: message }, 'Reloader has missed a change'),
  trouble: troubleTo(log),
});

export const jobEnded =
  (log: Logger) =>
  (job: WorkloadRef, { succeeded, reason, message }: JobEnd): void =>
    log.info({ workload: objectKey(job), succeeded, reason, detail: message }, 'a Job that a restart made has ended');

export const sourcesMissing =
  (log: Logger) =>
  (workload: WorkloadRef, sources: readonly string[]): void =>
    log.info({ workload: objectKey(workload), sources }, 'it reacts to sources that do not exist');

export const orderHooks = (log: Logger, events: KubeEvents): TurnsHooks => ({
  circle: (workloads) => {
    const keys = workloads.map(objectKey);
    log.warn({ workloads: keys }, 'these workloads are to restart after each other: that orders nothing among them');
    const note = `${RESTART_AFTER_ANNOTATION} goes in a circle and orders nothing in it: ${keys.join(', ')}`;
    const told = { type: 'Warning', reason: 'InvalidAnnotation', action: 'Read', note } as const;
    for (const workload of workloads) events.record({ regarding: regardingOf(workload, workload.uid), ...told });
  },
  waits: (workload, { reason, message }) => {
    log.info({ workload: objectKey(workload), reason, detail: message }, 'restart waits for others');
    if (reason !== 'PredecessorFailed') return;
    const regarding = regardingOf(workload, workload.uid);
    events.record({ regarding, type: 'Warning', reason, action: 'Restart', note: message });
  },
});

/** A change is there, and its workload runs for none of them until somebody resumes it. */
export const suspendedHook =
  (log: Logger, events: KubeEvents) =>
  (workload: WorkloadFact): void => {
    const { reason, message } = workload;
    log.info({ workload: objectKey(workload), reason, detail: message }, 'restart waits for the owner');
    const regarding = regardingOf(workload, workload.uid);
    events.record({ regarding, type: 'Normal', reason, action: 'Restart', note: message });
  };

/** Says how loud: what stays as it was is a warning once, and of use to those who look for it after that. */
function newsOnly(): (about: object, why: string) => 'warn' | 'debug' {
  const told = new WeakMap<object, string>();
  return (about, why) => {
    const level = told.get(about) === why ? 'debug' : 'warn';
    told.set(about, why);
    return level;
  };
}

export const restartHooks = (log: Logger, metrics: Metrics, levelOf = newsOnly()): RestartHooks => ({
  ended: ({ workload, rollout, toRevision }, { outcome, reason, message }) => {
    metrics.restarted(workload.kind, outcome);
    log.info(
      { workload: objectKey(workload), rollout, revision: toRevision, outcome, reason, detail: message },
      'restart ended',
    );
  },
  patched: (seconds) => metrics.patched(seconds),
  restarted: () => undefined,
  queued: () => undefined,
  taken: () => undefined,
  delayed: (order, why, retryMs) =>
    log[levelOf(order, why)]({ workload: objectKey(order.workload), why, retryMs }, 'restart is tried again later'),
  resumed: (workload) => log.info({ workload: objectKey(workload) }, 'the pause period is over: it is resumed'),
  resumeDelayed: (workload, why) =>
    log[levelOf(workload, why)]({ workload: objectKey(workload), why }, 'it can not be resumed yet'),
});
