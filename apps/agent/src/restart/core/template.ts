import {
  FORCED_ANNOTATION,
  RELOADER_MARKER_ANNOTATION,
  REVISION_ANNOTATION,
  ROLLOUT_ANNOTATION,
} from '@app/contracts/annotations';
import { objectKey, type SourceRef } from '@app/contracts/objects';
import { containerFor } from '../../inventory/core/containers';
import { type LocalKey, localKey, localParts, plainKey } from '../../inventory/core/local-key';
import { variableName } from '../../inventory/core/variable-name';
import { AGAIN_ANNOTATION } from '../../inventory/core/mark';
import type { MemberSource } from '../../inventory/core/reckon';
import type { WorkloadLook } from '../../inventory/workbench.port';
import type { RestartHow, VariableWrite } from '../../kube/kube.port';
import type { Reckoned } from './judge';
import type { Order } from './order';

/** What Reloader would leave beside our annotations: its own annotation, or a variable per source; `none`: nothing. */
export type Markers = 'annotation' | 'variables' | 'none';

export type TemplateOptions = Readonly<{
  markers: Markers;
  /** Seconds since the epoch. */
  observedAt: number;
}>;

/** Reloader's mark of a source that was deleted. It is the SHA-1 of a constant, and says nothing of any content. */
const DELETED = 'aae45badef99284e4dae01d6046154ea9d99532f';

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
    ...(order.forced === true ? { [FORCED_ANNOTATION]: order.rollout } : {}),
  };
  const isMarked = options.markers === 'annotation' && look.record.carrier !== 'metadata';
  const cause = isMarked ? causeOf(order, look, reckoning) : null;
  if (!cause) return ours;
  const { ref, member } = cause;
  const marker = {
    type: ref.kind.toUpperCase(),
    name: ref.name,
    namespace: ref.namespace,
    hash: member.revision ?? DELETED,
    containerRefs: containerRefs(look, member.key),
    observedAt: options.observedAt,
  };
  return { ...ours, [RELOADER_MARKER_ANNOTATION]: JSON.stringify(marker) };
}

const containerRefs = ({ record }: WorkloadLook, source: LocalKey): readonly string[] => {
  const container = containerFor(record.containers, source);
  return container === undefined ? [] : [container];
};

/** The variables that tell of every source whose content is new to the workload; those of sources that are gone go. */
export function restartVariables(look: WorkloadLook, reckoning: Reckoned, markers: Markers): readonly VariableWrite[] {
  if (markers !== 'variables' || look.record.carrier === 'metadata') return [];
  const found = new Map<string, VariableWrite>();
  for (const { key, revision } of newTo(look, reckoning)) {
    const variable = variableOf(key);
    const there = look.record.traces.variables[variable]?.container;
    const container = revision === null ? there : containerFor(look.record.containers, key);
    if (container !== undefined) found.set(`${container}/${variable}`, { container, name: variable, value: revision });
  }
  return [...found.values()];
}

function variableOf(source: LocalKey): string {
  const { kind, name } = localParts(source);
  return variableName(kind, name);
}

/** True when a restart would only take away variables of sources that are gone, and none of them was ever there. */
export function removesNothing(look: WorkloadLook, reckoning: Reckoned, markers: Markers): boolean {
  if (markers !== 'variables') return false;
  const changed = newTo(look, reckoning);
  const { variables } = look.record.traces;
  return changed.length > 0 && changed.every(({ key, revision }) => revision === null && !variables[variableOf(key)]);
}

/** Those that are gone too, where that counts. */
const newTo = ({ members }: WorkloadLook, { wanted, had }: Reckoned): readonly MemberSource[] =>
  members.filter(({ key }) => wanted[key] !== undefined && wanted[key] !== had[key]);

/** What tells this restart from the last one, if both bring the same revision; else nothing of that sort stays. */
function again(order: Order, { record }: WorkloadLook, observedAt: number): Readonly<Record<string, string | null>> {
  if (record.stamp === order.toRevision) return { [AGAIN_ANNOTATION]: String(observedAt) };
  return record.mark === record.stamp ? {} : { [AGAIN_ANNOTATION]: null };
}

type Cause = Readonly<{ ref: SourceRef; member: MemberSource }>;

/** The source to name as the reason: one that the order names, else any whose content is new to the workload. */
export function causeOf(order: Order, look: WorkloadLook, reckoning: Reckoned): Cause | null {
  const [member] = causesOf(order, look, reckoning);
  return member ? { ref: refOf(member, look.record.ref.namespace), member } : null;
}

/** The sources whose content is new to the workload, those that the order names first. */
export const changedSources = (order: Order, look: WorkloadLook, reckoning: Reckoned): readonly SourceRef[] =>
  causesOf(order, look, reckoning).map((member) => refOf(member, look.record.ref.namespace));

function causesOf(order: Order, look: WorkloadLook, reckoning: Reckoned): readonly MemberSource[] {
  const named = order.causes.map((ref) => localKey(ref.kind, ref.name));
  const isNamed = ({ key }: MemberSource): boolean => named.includes(plainKey(key));
  const changed = newTo(look, reckoning);
  return [...changed.filter(isNamed), ...changed.filter((one) => !isNamed(one))];
}

function refOf(member: MemberSource, namespace: string): SourceRef {
  const { kind, name } = localParts(member.key);
  return { kind, namespace, name };
}

/** Groups of work that take turns: one change with many workloads must not keep another waiting. */
export const turnOf = (order: Order): string =>
  order.terms ? order.rollout : order.causes.map(objectKey).sort().join(',');
