import { DAEMON_SETS, NODES, PODS } from '../resources';
import type { DaemonSet, DaemonSetSpec, Pod } from '../workload-types';
import type { ControllerContext } from './context';
import { availableIn, countPods, createPod, portion } from './pods';
import { ensureRevision, REVISION_LABEL } from './revisions';

/** One step of a DaemonSet towards its spec: a pod on every node, and old pods replaced as far as allowed. */
export function reconcileDaemonSet(context: ControllerContext, set: DaemonSet): void {
  const spec = set.spec as DaemonSetSpec;
  const revision = ensureRevision(context, set, spec.template);
  const hash = revision.metadata.labels?.[REVISION_LABEL] ?? '';
  const nodes = context.api.store.list(NODES).map(({ metadata }) => metadata.name);
  const pods = context.owned<Pod>(set, PODS);
  for (const nodeName of nodes) {
    if (pods.some((pod) => pod.spec?.nodeName === nodeName)) continue;
    createPod(context, set, { template: spec.template, labels: { [REVISION_LABEL]: hash }, nodeName });
  }
  for (const pod of pods) if (!nodes.includes(pod.spec?.nodeName ?? '')) context.delete(PODS, pod);
  replaceOld(context, { spec, hash, nodes: nodes.length, pods: context.owned<Pod>(set, PODS) });
  writeStatus(context, set, { hash, nodes: nodes.length });
}

interface Update {
  readonly spec: DaemonSetSpec;
  readonly hash: string;
  readonly nodes: number;
  readonly pods: readonly Pod[];
}

const isOn = (hash: string) => (pod: Pod) => pod.metadata.labels?.[REVISION_LABEL] === hash;

function replaceOld(context: ControllerContext, { spec, hash, nodes, pods }: Update): void {
  if (spec.updateStrategy.type === 'OnDelete') return;
  const allowed = Math.max(1, portion(spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1, nodes, Math.ceil));
  const isAvailable = (pod: Pod) => availableIn(pod, spec.minReadySeconds ?? 0, context.clock.now()) === 0;
  const old = pods.filter((pod) => !isOn(hash)(pod));
  const missing = nodes - pods.length;
  const broken = old.filter((pod) => !isAvailable(pod));
  const unavailable = missing + pods.filter((pod) => !isAvailable(pod)).length;
  const working = old.filter(isAvailable).slice(0, Math.max(0, allowed - unavailable));
  for (const pod of [...broken, ...working]) context.delete(PODS, pod);
}

function writeStatus(
  context: ControllerContext,
  set: DaemonSet,
  { hash, nodes }: { readonly hash: string; readonly nodes: number },
): void {
  const pods = context.owned<Pod>(set, PODS);
  const { minReadySeconds } = set.spec as DaemonSetSpec;
  const { ready, available } = countPods(context, set, { pods, minReadySeconds });
  const updated = pods.filter(isOn(hash)).length;
  context.updateStatus(DAEMON_SETS, set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 1,
    ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
    ...(available > 0 ? { numberAvailable: available } : {}),
    ...(nodes > available ? { numberUnavailable: nodes - available } : {}),
  });
}
