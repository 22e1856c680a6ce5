import { z } from 'zod';
import { holdScope } from '@app/contracts/api/holds';
import { type Labels, objectKey, type SourceRef } from '@app/contracts/objects';
import { matchesSelector, parseSelector } from '@app/contracts/selector';

/** A hold as it is kept. Times are epoch milliseconds on the store's clock. */
export const holdRecord = z.object({
  id: z.string(),
  scope: holdScope,
  owner: z.string(),
  reason: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
});
export type HoldRecord = z.infer<typeof holdRecord>;

/** What a hold may concern: one cluster's part in a rollout. `sources` is empty for one that no source caused. */
export type Held = Readonly<{
  policy: string;
  sources: readonly SourceRef[];
  /** Of the workloads that would restart. */
  namespaces: readonly string[];
  labels: Labels;
}>;

/** True while the hold stands: at its expiry it no longer does. */
export const standsAt = ({ expiresAt }: Pick<HoldRecord, 'expiresAt'>, at: number): boolean =>
  expiresAt === null || expiresAt > at;

/** Whether the hold's scope takes this in. */
export function concerns({ scope }: Pick<HoldRecord, 'scope'>, { policy, sources, namespaces, labels }: Held): boolean {
  if (scope.policy !== undefined) return scope.policy === policy;
  if (scope.clusters !== undefined) return matchesSelector(parseSelector(scope.clusters), labels);
  if (scope.namespace !== undefined) return namespaces.includes(scope.namespace);
  const { source } = scope;
  if (source !== undefined) return sources.some((each) => objectKey(each) === objectKey(source));
  return scope.all === true;
}
