import { RELOADER_MARKER_ANNOTATION, REVISION_ANNOTATION, ROLLOUT_ANNOTATION } from '@app/contracts/annotations';
import { objectKey, type SourceRef } from '@app/contracts/objects';
import { localKey, localParts } from '../../inventory/core/membership';
import { AGAIN_ANNOTATION } from '../../inventory/core/mark';
import type { MemberSource } from '../../inventory/core/reckon';
import type { WorkloadLook } from '../../inventory/workbench.port';
import type { RestartHow } from '../../kube/kube.port';
import type { Reckoned } from './judge';
import type { Order } from './order';

export type TemplateOptions = Readonly<{
  /** Write Reloader's own marker beside ours. */
  markers: boolean;
  /** Seconds since the epoch. */
  observedAt: number;
}>;

/** How a workload of this kind is brought to read its sources anew. */
export function howToRestart({ ref, carrier }: WorkloadLook['record']): RestartHow {
  if (ref.kind === 'CronJob') return 'run';
  if (ref.kind === 'Job') return 'recreate';
  return carrier === 'metadata' ? 'restartAt' : 'template';
}

/** The annotations that make the workload restart, and that tell afterwards what it runs. */
export function restartAnnotations(
  order: Order,
  look: WorkloadLook,
  reckoning: Reckoned,
  options: TemplateOptions,
): Readonly<Record<string, string | null>> {
  const ours = {
    [REVISION_ANNOTATION]: order.toRevision,
    [ROLLOUT_ANNOTATION]: order.rollout,
    ...again(order, look, options.observedAt),
  };
  const isMarked = options.markers && look.record.carrier === 'template';
  const cause = isMarked ? causeOf(order, look, reckoning) : null;
  if (!cause) return ours;
  const { ref, member } = cause;
  const marker = {
    type: ref.kind.toUpperCase(),
    name: ref.name,
    namespace: ref.namespace,
    hash: member.revision,
    containerRefs: look.record.containers.slice(0, 1),
    observedAt: options.observedAt,
  };
  return { ...ours, [RELOADER_MARKER_ANNOTATION]: JSON.stringify(marker) };
}

/** What tells this restart from the last one, if both bring the same revision; else nothing of that sort stays. */
function again(order: Order, { record }: WorkloadLook, observedAt: number): Readonly<Record<string, string | null>> {
  if (record.stamp === order.toRevision) return { [AGAIN_ANNOTATION]: String(observedAt) };
  return record.mark === record.stamp ? {} : { [AGAIN_ANNOTATION]: null };
}

type Cause = Readonly<{ ref: SourceRef; member: MemberSource }>;

/** The source to name as the reason: one that the order names, else any whose content is new to the workload. */
export function causeOf(order: Order, look: WorkloadLook, reckoning: Reckoned): Cause | null {
  const named = order.causes.map((ref) => localKey(ref.kind, ref.name));
  const changed = look.members.filter((one) => one.revision !== null && one.revision !== reckoning.had[one.key]);
  const member = changed.find((one) => named.includes(one.key)) ?? changed[0];
  return member ? { ref: refOf(member, look.record.ref.namespace), member } : null;
}

function refOf(member: MemberSource, namespace: string): SourceRef {
  const { kind, name } = localParts(member.key);
  return { kind, namespace, name };
}

/** Groups of work that take turns: one change with many workloads must not keep another waiting. */
export const turnOf = (order: Order): string =>
  order.terms ? order.rollout : order.causes.map(objectKey).sort().join(',');
