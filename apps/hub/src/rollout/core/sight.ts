import { objectKey } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { sourceOf } from '../../fleet/core/causes';
import { broughtBy, sourcesOf } from './cause';
import type { WorkloadNow } from './fleet-now';
import type { Cause } from './model';
import { isSeen, type Revisions, revisionsText } from './source-group';

/** What a workload sees of what the rollout carries, and what it was started with. */
export type Sight = Pick<WorkloadNow, 'source' | 'had'>;

type Caused = Pick<Cause, 'source' | 'group' | 'revisions'>;

/**
 * How the workloads of one cluster see what a rollout carries. Of several sources a workload may use some, and a cluster
 * may have news of some: when what a workload uses of those is as the target expects, it sees what is expected; while
 * nothing is expected yet, it sees what they are in all the cluster.
 */
export function sightOf(
  cause: Caused,
  there: readonly WorkloadFact[],
  expected: Revision | null,
): (fact: WorkloadFact) => Sight {
  const { source, group } = cause;
  if (group === undefined) return (fact) => (source === null ? NOTHING : ofOne(fact, objectKey(source)));
  const brought = broughtBy(cause, expected ?? '');
  const keys = new Set(expected === null ? sourcesOf(cause).map(objectKey) : brought.keys());
  const now = new Map(there.flatMap((fact) => [...seenBy(fact, keys, 'revision')]));
  const wanted = expected === null ? now : brought;
  return (fact) => {
    const seen = seenBy(fact, keys, 'revision');
    const had = seenBy(fact, keys, 'haveRevision');
    const isOld = [...seen].some(([key, revision]) => had.get(key) !== revision);
    const text = isSeen(seen, wanted) ? (expected ?? revisionsText(wanted)) : revisionsText(seen);
    return { source: seen.size === 0 ? null : text, had: isOld ? revisionsText(had) : text };
  };
}

const NOTHING: Sight = { source: null, had: null };

function ofOne(fact: WorkloadFact, key: string): Sight {
  const used = fact.sources.find(({ kind, name }) => `${kind}/${fact.namespace}/${name}` === key);
  return { source: used?.revision ?? null, had: used?.haveRevision ?? null };
}

function seenBy(fact: WorkloadFact, keys: ReadonlySet<string>, which: 'revision' | 'haveRevision'): Revisions {
  return new Map(
    fact.sources.flatMap((used) => {
      const [key, revision] = [objectKey(sourceOf(fact, used)), used[which]];
      return revision !== null && keys.has(key) ? [[key, revision] as const] : [];
    }),
  );
}
