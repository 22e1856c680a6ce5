import { objectKey } from '@app/contracts/objects';
import type { Ask, Starts } from '../../limits/core/admit';
import { limitsFor, knownRates, type LimitsHere } from '../../limits/core/limits-here';
import { subjectOf } from './cause';
import type { FleetNow } from './fleet-now';
import type { Restart, Rollout, Target } from './model';
import { isPermitted, own } from './state';

/** Where nothing is known of the policies, for states that no store has seen. */
const DEFAULTS: LimitsHere = limitsFor([], knownRates([]));

type Passage = Readonly<{ before: Rollout | null; after: Rollout; changed: readonly Target[] }>;

/** What begins with this step, and what is over: the store has a say in the one, and has to know the other. */
export function startsOf({ before, after, changed }: Passage, fleet: FleetNow): Starts {
  const passages = changed
    .map((target) => ({ target, was: before === null ? undefined : before.targets.get(target.cluster) }))
    .filter(({ target, was }) => was?.restarts !== target.restarts);
  return {
    rollout: after.id,
    subject: `${after.policy.name}|${subjectOf(after.cause)}`,
    ...(after.spec.urgency === 'revocation' && { urgent: true }),
    asks: inTurns(passages.map(({ target, was }) => asksOf(target, was, fleet))),
    frees: passages.flatMap(({ target, was }) => freesOf(target, was)),
  };
}

/**
 * Another attempt is somebody's `retry`, or the policy's own after its backoff: each has its pace, and the pause between
 * restarts of a workload, which is there for changes that come too often, would only keep a mended workload down.
 */
function unpaused(limits: LimitsHere): LimitsHere {
  const known = withoutPause.get(limits) ?? { ...limits, minIntervalMs: 0 };
  withoutPause.set(limits, known);
  return known;
}

/** Equal limits stay one object: they are written once for all restarts that they are for. */
const withoutPause = new WeakMap<LimitsHere, LimitsHere>();

function asksOf({ cluster, restarts, attempt }: Target, was: Target | undefined, fleet: FleetNow): readonly Ask[] {
  const now = own(fleet.clusters, cluster);
  const here = now?.limits ?? DEFAULTS;
  const limits = attempt > 1 ? unpaused(here) : here;
  const held = permittedIn(was);
  return restarts.flatMap((restart) => {
    const workload = objectKey(restart.workload);
    if (!isPermitted(restart) || restart.revision === null || held.has(workload)) return [];
    // Whatever is not known, or counted as none while it is scaled, is one that may be missed.
    const pods = Math.max(1, own(now?.workloads ?? {}, workload)?.pods ?? 1);
    return [{ cluster, namespace: restart.workload.namespace, workload, revision: restart.revision, pods, limits }];
  });
}

function freesOf({ cluster, restarts }: Target, was: Target | undefined): Starts['frees'] {
  const holds = new Set(restarts.filter(isPermitted).map(keyOf));
  return [...permittedIn(was)].filter((key) => !holds.has(key)).map((workload) => ({ cluster, workload }));
}

const permittedIn = (target: Target | undefined): ReadonlySet<string> =>
  new Set(target?.restarts.filter(isPermitted).map(keyOf));
const keyOf = ({ workload }: Restart): string => objectKey(workload);

/** The first of each, then the second of each: one with many is not served before all others. */
function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  if (lists.length === 1) return lists[0] ?? [];
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 0);
  return Array.from({ length: longest }, (_, n) => lists.flatMap((list) => list.slice(n, n + 1))).flat();
}
