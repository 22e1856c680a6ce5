import { PODS, STATEFUL_SETS } from '../resources';
import type { Pod, PodTemplate, StatefulSet, StatefulSetSpec, StatefulSetStatus } from '../workload-types';
import type { ControllerContext } from './context';
import { countPods, createPod, isReady } from './pods';
import { ensureRevision, REVISION_LABEL, revisionsOf } from './revisions';

interface View {
  readonly set: StatefulSet;
  readonly spec: StatefulSetSpec;
  /** Name of the revision of the present template. */
  readonly update: string;
  /** Name of the revision that pods below the partition keep. */
  readonly current: string;
  /** Pods by ordinal. */
  readonly pods: ReadonlyMap<number, Pod>;
}

/** One step of a StatefulSet towards its spec. */
export function reconcileStatefulSet(context: ControllerContext, set: StatefulSet): void {
  const spec = set.spec as StatefulSetSpec;
  const update = ensureRevision(context, set, spec.template).metadata.name;
  const current = set.status?.currentRevision ?? update;
  const view: View = { set, spec, update, current, pods: podsByOrdinal(context, set) };
  if (!fill(context, view)) replaceOld(context, view);
  writeStatus(context, { ...view, pods: podsByOrdinal(context, set) });
}

function podsByOrdinal(context: ControllerContext, set: StatefulSet): Map<number, Pod> {
  const pods = context.owned<Pod>(set, PODS);
  return new Map(pods.map((pod) => [Number(pod.metadata.name.slice(set.metadata.name.length + 1)), pod]));
}

const partitionOf = ({ updateStrategy }: StatefulSetSpec): number => updateStrategy.rollingUpdate?.partition ?? 0;
const revisionOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_LABEL] ?? '';

/** Makes missing pods and deletes surplus ones; in order one at a time. True while the order makes everything else wait. */
function fill(context: ControllerContext, { set, spec, update, current, pods }: View): boolean {
  const ordered = spec.podManagementPolicy === 'OrderedReady';
  const templates = new Map(revisionsOf(context, set).map((one) => [one.metadata.name, one.data.spec.template]));
  for (let ordinal = 0; ordinal < spec.replicas; ordinal++) {
    const pod = pods.get(ordinal);
    if (!pod) {
      const keeps = spec.updateStrategy.type === 'RollingUpdate' && ordinal < partitionOf(spec);
      createOrdinal(context, set, { ordinal, revision: keeps ? current : update, templates });
    }
    if (ordered && (!pod || !isReady(pod))) return true;
  }
  const surplus = [...pods].filter(([ordinal]) => ordinal >= spec.replicas).sort(([a], [b]) => b - a);
  for (const [, pod] of ordered ? surplus.slice(0, 1) : surplus) context.delete(PODS, pod);
  return surplus.length > 0;
}

function createOrdinal(
  context: ControllerContext,
  set: StatefulSet,
  pod: { readonly ordinal: number; readonly revision: string; readonly templates: ReadonlyMap<string, PodTemplate> },
): void {
  const { ordinal, revision, templates } = pod;
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = {
    [REVISION_LABEL]: revision,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
  };
  const template = templates.get(revision) ?? (set.spec as StatefulSetSpec).template;
  createPod(context, set, { template, labels, name });
}

/** Replaces the last pod of an old revision, unless a later one still has to become ready. */
function replaceOld(context: ControllerContext, { spec, update, pods }: View): void {
  if (spec.updateStrategy.type === 'OnDelete') return;
  for (let ordinal = spec.replicas - 1; ordinal >= partitionOf(spec); ordinal--) {
    const pod = pods.get(ordinal);
    if (pod && revisionOf(pod) !== update) return context.delete(PODS, pod);
    if (!pod || !isReady(pod)) return;
  }
}

function writeStatus(context: ControllerContext, { set, spec, update, current, pods }: View): void {
  const all = [...pods.values()];
  const { ready, available } = countPods(context, set, { pods: all, minReadySeconds: spec.minReadySeconds });
  const on = (revision: string) => all.filter((pod) => revisionOf(pod) === revision).length;
  const complete =
    spec.updateStrategy.type === 'RollingUpdate' &&
    on(update) === spec.replicas &&
    ready === spec.replicas &&
    all.length === spec.replicas;
  const counted: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: all.length,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    availableReplicas: available,
    ...(on(update) > 0 ? { updatedReplicas: on(update) } : {}),
    ...currentOf(complete ? update : current, on),
    updateRevision: update,
    collisionCount: 0,
  };
  context.updateStatus(STATEFUL_SETS, set, counted);
}

function currentOf(
  revision: string,
  on: (revision: string) => number,
): Pick<StatefulSetStatus, 'currentReplicas' | 'currentRevision'> {
  const count = on(revision);
  return { ...(count > 0 ? { currentReplicas: count } : {}), currentRevision: revision };
}
