import { objectKey, type WorkloadRef } from '@app/contracts/objects';
import type { Keys } from '../platform/keys';
import type { StateRedis } from '../platform/redis';
import type { Ran, WorkloadNow } from './core/fleet-now';

type Place = Readonly<{ cluster: string; restarts: readonly Readonly<{ workload: WorkloadRef }>[] }>;
type Runs = ReadonlyMap<string, Pick<WorkloadNow, 'lockedBy' | 'ran'>>;

/** For each place, by workload: which rollout restarts it now, and which did last. */
export const runsIn = (redis: StateRedis, keys: Keys, places: readonly Place[]): Promise<readonly Runs[]> =>
  Promise.all(places.map((place) => runsAt(redis, keys, place)));

async function runsAt(redis: StateRedis, keys: Keys, { cluster, restarts }: Place): Promise<Runs> {
  const names = restarts.map(({ workload }) => objectKey(workload));
  if (names.length === 0) return new Map();
  const [locks, runs] = await Promise.all([
    redis.hmget(keys.locks(cluster), ...names),
    redis.hmget(keys.ran(cluster), ...names),
  ]);
  return new Map(
    names.map((name, n) => {
      const [lockedBy] = locks[n]?.split('|') ?? [];
      const ran = ranFrom(runs[n] ?? null);
      return [name, { ...(lockedBy !== undefined && { lockedBy }), ...(ran && { ran }) }];
    }),
  );
}

const OUTCOMES: readonly Ran['outcome'][] = ['begun', 'Succeeded', 'Failed'];

/** Time that limits go by, rollout, revision, outcome, and when that was noted. */
function ranFrom(text: string | null): Ran | undefined {
  const [, rollout, revision, said, at] = text?.split('|') ?? [];
  const outcome = OUTCOMES.find((each) => each === said);
  if (rollout === undefined || revision === undefined || outcome === undefined) return undefined;
  return { rollout, revision, outcome, at: Number(at) };
}
