import { objectKey, parseObjectKey, WORKLOAD_KINDS } from '@app/contracts/objects';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import type { Standing } from './standing';

/** A workload as far as the order of restarts goes. `after`: keys of those before it, whether they exist or not. */
export type Place = Readonly<{ standing: Standing; after: readonly string[] }>;

/** undefined: there is no such workload, or nothing makes it restart. */
export type Places = (key: string) => Place | undefined;

/** Why a workload has to wait. `holding`: for whom; nothing changes before one of them does. */
export type Wait = Readonly<{ reason: 'Order' | 'PredecessorFailed'; message: string; holding: readonly string[] }>;

/** `wait` null: it may go. `circle`: those that its order would make wait for each other, itself among them. */
export type Turn = Readonly<{ wait: Wait | null; circle: readonly string[] }>;

/** The keys of what an annotation may mean: it names no kinds. */
export const namedBefore = ({ namespace, annotations }: WorkloadFact): readonly string[] =>
  (annotations?.restartAfter ?? []).flatMap((name) =>
    WORKLOAD_KINDS.map((kind) => objectKey({ kind, namespace, name })),
  );

/**
 * Whether a pending workload may restart now: those right before it are through. Who is part of a circle is not waited
 * for in it, so that somebody may always go unless it waits for what failed.
 */
export function turnOf(key: string, places: Places): Turn {
  const before = existing(key, places);
  const unfinished = before.filter((other) => places(other)?.standing !== 'through');
  if (unfinished.length === 0) return { wait: null, circle: [] };
  const circle = circleOf(key, places);
  const holding = unfinished.filter((other) => !circle.includes(other));
  return { wait: holding.length === 0 ? null : waitFor(holding, places), circle };
}

function waitFor(holding: readonly string[], places: Places): Wait {
  const failed = holding.filter((other) => places(other)?.standing === 'failed');
  if (failed.length > 0) {
    const message = `waits for what failed: ${failed.map(shortOf).join(', ')}; it restarts when that is well`;
    return { reason: 'PredecessorFailed', message, holding };
  }
  return { reason: 'Order', message: `restarts after ${holding.map(shortOf).join(', ')}`, holding };
}

/** All that come before this workload and after it, over however many in between; empty: none does. */
function circleOf(key: string, places: Places): readonly string[] {
  const ahead = new Set([key]);
  const behind = new Map<string, string[]>();
  for (const each of ahead) {
    for (const other of existing(each, places)) {
      ahead.add(other);
      behind.set(other, [...(behind.get(other) ?? []), each]);
    }
  }
  const circle = new Set([key]);
  for (const each of circle) behind.get(each)?.forEach((other) => circle.add(other));
  return circle.size === 1 ? [] : [...circle].sort();
}

const existing = (key: string, places: Places): readonly string[] =>
  (places(key)?.after ?? []).filter((other) => other !== key && places(other) !== undefined);

/** `Kind/name`: all of them are in one namespace. */
function shortOf(key: string): string {
  const { kind = '', name = '' } = parseObjectKey(key) ?? {};
  return `${kind}/${name}`;
}
