import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type KubeObject, randomSuffix } from '../objects';
import type { Pod, PodTemplate } from '../workload-types';
import type { ControllerContext } from './context';
import { PODS } from '../resources';

const readyCondition = (pod: Pod) => pod.status?.conditions?.find((condition) => condition.type === 'Ready');

export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === 'True';

/** Milliseconds until the pod counts as available: 0 when it does, undefined when it is not even ready. */
export function availableIn(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = readyCondition(pod);
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1_000 - now);
}

/** Counts pods by readiness and availability, and asks to be woken when the next ready one becomes available. */
export function countPods(
  context: ControllerContext,
  workload: KubeObject,
  { pods, minReadySeconds = 0 }: { readonly pods: readonly Pod[]; readonly minReadySeconds?: number | undefined },
): { readonly ready: number; readonly available: number } {
  const waits = pods.map((pod) => availableIn(pod, minReadySeconds, context.clock.now()));
  const pending = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  if (pending.length > 0) context.wakeAfter(workload, Math.min(...pending));
  return { ready: pods.filter(isReady).length, available: waits.filter((wait) => wait === 0).length };
}

/** Creates a pod from a template. Without a name it gets the owner's with a random suffix. */
export function createPod(
  context: ControllerContext,
  owner: KubeObject,
  pod: {
    readonly template: PodTemplate;
    readonly labels: Readonly<Record<string, string>>;
    readonly name?: string;
    readonly nodeName?: string;
  },
): void {
  const { template, labels, name = `${owner.metadata.name}-${randomSuffix()}`, nodeName = 'node-1' } = pod;
  const metadata = {
    name,
    labels: { ...template.metadata?.labels, ...labels },
    annotations: template.metadata?.annotations ?? {},
  };
  context.create(PODS, owner, { metadata, spec: { ...template.spec, nodeName } });
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Ten characters that stand for a template of one workload: equal templates, equal hashes. Two workloads never share one, so
 * that names made of it do not collide.
 */
export function templateHash(owner: KubeObject, template: PodTemplate): string {
  const digest = createHash('sha256')
    .update(`${owner.metadata.uid} ${canonical(template)}`)
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value as JsonObject).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** A number of pods from a count or a percentage of `total`. */
export function portion(value: number | string, total: number, round: (share: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number.parseFloat(value) / 100) * total);
}
