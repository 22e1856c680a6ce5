import { Injectable } from '@nestjs/common';
import type { RolloutPhase } from '@app/contracts/phases';
import { type Scored, scoredIn } from '../platform/core/scored';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import type { Rollout } from './core/model';
import { RolloutStore, type Stored } from './rollout.store';

/** null means every. */
export type RolloutFilter = Readonly<{
  phase: RolloutPhase | null;
  policy: string | null;
  cluster: string | null;
  /** Rollouts that the caller may see; null: every. */
  visible: ((rollout: Rollout) => boolean) | null;
}>;

export type RolloutPage = Readonly<{ items: readonly Stored[]; nextCursor: string | null }>;

/** The form of `nextCursor`: when the last rollout of the page was made, and its id. */
export const ROLLOUT_CURSOR = /^(\d{1,15}) (\S+)$/;

/** Rollouts read per look at the index; a filter that drops many takes more looks. */
const BATCH = 50;

/** Reads rollouts for people: one, or lists with the newest first. */
@Injectable()
export class RolloutQueries {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly store: RolloutStore,
  ) {}

  get(id: string): Promise<Stored | undefined> {
    return this.store.load(id);
  }

  /** Rollouts that are not over, oldest first. */
  async active(): Promise<readonly Stored[]> {
    const ids = await this.redis.smembers(this.keys.activeRuns());
    return this.store.loadMany(ids.sort());
  }

  /** Newest first. @param page `cursor` is what the page before gave. */
  async list(filter: RolloutFilter, page: Readonly<{ limit: number; cursor: string | null }>): Promise<RolloutPage> {
    const items: Stored[] = [];
    let after = page.cursor;
    for (;;) {
      const rows = await this.rowsAfter(filter, after);
      for (const stored of await this.store.loadMany(rows.map(({ member }) => member))) {
        if (!matches(filter, stored.rollout)) continue;
        const last = items.at(-1);
        if (items.length === page.limit && last) return { items, nextCursor: cursorOf(last.rollout) };
        items.push(stored);
      }
      const reached = rows.at(-1);
      if (reached === undefined || rows.length < BATCH) return { items, nextCursor: null };
      after = `${reached.score} ${reached.member}`;
    }
  }

  /**
   * Ids of the narrowest index and when they were made, from the one after the cursor down. Ids sort as their creation does.
   * The cursor says where that is whether or not its rollout is still in the index.
   */
  private async rowsAfter(filter: RolloutFilter, cursor: string | null): Promise<readonly Scored[]> {
    const [score, id] = positionOf(cursor);
    const index = this.indexOf(filter);
    const most = ['LIMIT', 0, BATCH + TIES] as const;
    const found = scoredIn(await this.redis.zrevrangebyscore(index, score ?? '+inf', '-inf', 'WITHSCORES', ...most));
    return found.filter((row) => row.score !== score || id === null || row.member < id).slice(0, BATCH);
  }

  private indexOf({ cluster, policy, phase }: RolloutFilter): string {
    if (cluster !== null) return this.keys.runsOfCluster(cluster);
    if (phase !== null) return this.keys.runsInPhase(phase);
    return policy !== null ? this.keys.runsOfPolicy(policy) : this.keys.runs();
  }
}

/** Rollouts of the same millisecond that a look may have to pass over. */
const TIES = 100;

const cursorOf = (rollout: Rollout): string => `${rollout.createdAt} ${rollout.id}`;

function positionOf(cursor: string | null): readonly [score: string | null, id: string | null] {
  const match = ROLLOUT_CURSOR.exec(cursor ?? '');
  return [match?.[1] ?? null, match?.[2] ?? null];
}

const matches = (filter: RolloutFilter, rollout: Rollout): boolean =>
  (filter.phase === null || rollout.phase === filter.phase) &&
  (filter.policy === null || rollout.policy.name === filter.policy) &&
  (filter.cluster === null || rollout.targets.has(filter.cluster)) &&
  (filter.visible === null || filter.visible(rollout));
