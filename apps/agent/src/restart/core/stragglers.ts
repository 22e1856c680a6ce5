import { recordsAt, textAt } from '../../inventory/core/read';
import { isLater } from '../../inventory/core/resource-version';
import type { Return } from '../../inventory/core/detour';
import type { KubeObject } from '../../kube/kube.port';

/** A container reads its sources when it is made, which is a little before it counts as started; in ms. */
const MADE_BEFORE_MS = 2000;

/** So long after the change the clock of a node may still tell of what was started before it; in ms. */
const CLOCKS_DIFFER_MS = 2000;

/**
 * The pods with a container that was started while the sources held the other content. Times of clusters have no
 * fraction and come from several clocks: in doubt a pod is one of them. None is in doubt that was written last before the
 * change was: what is running since is told by a write to the pod.
 */
export function stragglersOf(
  pods: readonly KubeObject[],
  { since, sinceVersion, until }: Return,
): readonly KubeObject[] {
  const from = since === null ? -Infinity : Math.floor(Date.parse(since) / 1000) * 1000;
  const to = until === null ? Infinity : Date.parse(until) + MADE_BEFORE_MS;
  const isThen = (time: string): boolean => Date.parse(time) >= from && Date.parse(time) <= to;
  const isDoubtful = (time: string): boolean => Date.parse(time) < from + CLOCKS_DIFFER_MS;
  const isBefore = (pod: KubeObject, time: string): boolean =>
    sinceVersion !== null && isDoubtful(time) && isLater(sinceVersion, pod.metadata.resourceVersion);
  return pods.filter((pod) => isAlive(pod) && startsOf(pod).some((time) => isThen(time) && !isBefore(pod, time)));
}

const isAlive = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined && !OVER.includes(textAt(pod, 'status', 'phase') ?? '');
const OVER: readonly string[] = ['Succeeded', 'Failed'];

/** What has not started yet will read what is there now. */
const startsOf = (pod: KubeObject): readonly string[] =>
  recordsAt(pod, 'status', 'containerStatuses').flatMap((one) => textAt(one, 'state', 'running', 'startedAt') ?? []);
