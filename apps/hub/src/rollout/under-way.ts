import type { Keys } from '../platform/keys';
import type { StateRedis } from '../platform/redis';
import type { UnderWay } from './core/fleet-now';
import type { Rollout } from './core/model';
import { headFrom } from './core/stored-rollout';

/**
 * Rollouts under way of the policies, and of those that these wait for in turn. A draft is not under way: nobody knows
 * whether it is ever started.
 */
export async function underWay(
  redis: StateRedis,
  keys: Keys,
  policies: readonly string[],
): Promise<readonly UnderWay[]> {
  const asked = new Set<string>();
  const found: UnderWay[] = [];
  for (let next = new Set(policies); next.size > 0;) {
    const level = await Promise.all([...next].map((policy) => ofPolicy(redis, keys, policy)));
    next.forEach((policy) => asked.add(policy));
    found.push(...level.flat());
    next = new Set(level.flat().flatMap(({ waitsFor }) => waitsFor.filter((policy) => !asked.has(policy))));
  }
  return found;
}

async function ofPolicy(redis: StateRedis, keys: Keys, policy: string): Promise<readonly UnderWay[]> {
  const ids = (await redis.zinter(2, keys.runsOfPolicy(policy), keys.activeRuns())).sort();
  const heads = await Promise.all(ids.map((id) => redis.hget(keys.run(id), 'head')));
  return heads.flatMap((head, at) =>
    head === null ? [] : (underWayFrom(head) ?? [unreadable(ids[at] ?? '', policy)]),
  );
}

type Head = Pick<Rollout, 'id' | 'policy' | 'phase' | 'startedAt' | 'spec'>;

/** undefined: it is of a form that this hub does not read. */
function underWayFrom(text: string): readonly UnderWay[] | undefined {
  try {
    return standing(headFrom(text));
  } catch {
    return undefined;
  }
}

/** Whether it is over nobody here can tell: it counts as if it was not. */
const unreadable = (id: string, policy: string): UnderWay => ({ id, policy, phase: 'Running', waitsFor: [] });

const standing = ({ id, policy, phase, startedAt, spec }: Head): readonly UnderWay[] =>
  phase === 'Draft'
    ? []
    : [{ id, policy: policy.name, phase, waitsFor: startedAt === null ? (spec.policiesBefore ?? []) : [] }];
