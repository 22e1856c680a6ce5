import { objectKey, parseObjectKey, WORKLOAD_KINDS } from '@app/contracts/objects';
import type { Standing } from './standing';

/**
 * Where a workload stands in the order of restarts. `before`: keys of those before it, whether they exist or not.
 * `circle`: those that the order would make wait for each other, itself among them; empty: it is in none.
 */
export type Line = Readonly<{ before: readonly string[]; circle: readonly string[] }>;

/** Why a workload has to wait. `holding`: for whom; nothing changes before one of them does. */
export type Wait = Readonly<{ reason: 'Order' | 'PredecessorFailed'; message: string; holding: readonly string[] }>;

/** undefined: there is no such workload, or nothing makes it restart. */
export type Standings = (key: string) => Standing | undefined;

/** The keys of what an annotation may mean: it names no kinds. */
export const keysNamed = (namespace: string, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => WORKLOAD_KINDS.map((kind) => objectKey({ kind, namespace, name })));

/**
 * Why a pending workload may not restart now; null: it may, as those right before it are through. Who is part of a
 * circle is not waited for in it, so that somebody may always go unless it waits for what failed.
 */
export function waitOf({ before, circle }: Line, standings: Standings): Wait | null {
  const inCircle = new Set(circle);
  const holding = before.filter((key) => !inCircle.has(key) && isUnfinished(standings(key)));
  if (holding.length === 0) return null;
  const failed = holding.filter((key) => standings(key) === 'failed');
  if (failed.length > 0) {
    const message = `waits for what failed: ${failed.map(shortOf).join(', ')}; it restarts when that is well`;
    return { reason: 'PredecessorFailed', message, holding };
  }
  return { reason: 'Order', message: `restarts after ${holding.map(shortOf).join(', ')}`, holding };
}

const isUnfinished = (standing: Standing | undefined): boolean => standing === 'open' || standing === 'failed';

/** `Kind/name`: all of them are in one namespace. */
function shortOf(key: string): string {
  const { kind = '', name = '' } = parseObjectKey(key) ?? {};
  return `${kind}/${name}`;
}
