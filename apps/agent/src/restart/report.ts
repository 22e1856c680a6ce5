import type { SourceRef } from '@app/contracts/objects';
import type { Result } from '@app/contracts/wire/agent-messages';
import type { Stillness } from '../inventory/core/rollout-status';
import type { WorkloadLook } from '../inventory/workbench.port';
import { regardingOf } from '../kube/core/paths';
import type { ObjectEvent } from '../kube/kube.port';
import type { Order } from './core/order';
import type { Ending } from './follower';

/** What is known of an order when it ends. Times are epoch ms; null: nothing was written. */
export type Account = Readonly<{
  order: Order;
  ending: Ending;
  fromRevision: string | null;
  startedAt: number | null;
  finishedAt: number;
  look: WorkloadLook | undefined;
}>;

const MAX_SENTENCE = 1024;

export function resultOf({ order, ending, fromRevision, startedAt, finishedAt, look }: Account): Result {
  const { desired = 0, updated = 0, ready = 0 } = look?.record.status ?? {};
  return {
    rollout: order.rollout,
    permit: order.permit,
    attempt: order.attempt,
    workload: order.workload,
    outcome: ending.outcome,
    reason: ending.reason,
    message: ending.message.slice(0, MAX_SENTENCE),
    fromRevision,
    toRevision: order.toRevision,
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    pods: { desired, updated, ready },
  };
}

const FAILURES: readonly string[] = ['ROLLOUT_FAILED', 'TIMEOUT', 'PATCH_REJECTED', 'LOCALLY_DENIED'];

/** True for an outcome that a person should look at; refusals and skips are none. */
export const isFailure = (outcome: string): boolean => FAILURES.includes(outcome);

/** The text is Reloader's own: people have alerts on it. `still`: why the pods stay as they are, told behind it. */
export function reloadedEvent(order: Order, cause: SourceRef, still: Stillness | null): ObjectEvent {
  const { kind, namespace, name } = order.workload;
  const note =
    `Changes detected in '${cause.name}' of type '${cause.kind.toUpperCase()}' in namespace '${namespace}', ` +
    `Updated '${name}' of type '${kind}' in namespace '${namespace}'${still ? `; ${still.message}` : ''}`;
  return {
    regarding: regardingOf(order.workload, order.uid),
    type: 'Normal',
    reason: 'Reloaded',
    action: 'Restart',
    note,
  };
}

export function failedEvent(order: Order, ending: Ending): ObjectEvent {
  const { kind, namespace, name } = order.workload;
  const error = ending.reason ? `${ending.reason}: ${ending.message}` : ending.message;
  const note = `Update for '${name}' of type '${kind}' in namespace '${namespace}' failed with error ${error}`;
  return {
    regarding: regardingOf(order.workload, order.uid),
    type: 'Warning',
    reason: 'ReloadFail',
    action: 'Restart',
    note: note.slice(0, MAX_SENTENCE),
  };
}

/** The same words for every workload: what follows within minutes is counted in one Event. */
export const sourceReloadedEvent = (source: SourceRef, uid: string): ObjectEvent => ({
  regarding: regardingOf(source, uid),
  type: 'Normal',
  reason: 'Reloaded',
  action: 'Restart',
  note: 'Changes detected: workloads that react to it are updated',
});

export function sourceFailedEvent({ workload }: Order, ending: Ending, source: SourceRef, uid: string): ObjectEvent {
  const why = ending.reason ? `${ending.reason}: ${ending.message}` : ending.message;
  return {
    regarding: regardingOf(source, uid),
    type: 'Warning',
    reason: 'ReloadFail',
    action: 'Restart',
    note: `Update for '${workload.name}' of type '${workload.kind}' failed with error ${why}`.slice(0, MAX_SENTENCE),
  };
}
