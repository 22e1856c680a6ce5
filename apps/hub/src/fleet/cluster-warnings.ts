import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type ClusterWarning, clusterWarning } from '@app/contracts/wire/agent-messages';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { factFrom } from './core/stored-fact';

const stored = z.array(clusterWarning);

/** What agents last warned of, by cluster. */
@Injectable()
export class ClusterWarnings {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** None: forgets those that there were. */
  async set(cluster: string, warnings: readonly ClusterWarning[]): Promise<void> {
    const key = this.keys.clusterWarnings();
    if (warnings.length === 0) await this.redis.hdel(key, cluster);
    else await this.redis.hset(key, cluster, JSON.stringify(warnings));
  }

  /** In the order of the clusters. */
  async of(clusters: readonly string[]): Promise<readonly (readonly ClusterWarning[])[]> {
    if (clusters.length === 0) return [];
    const texts = await this.redis.hmget(this.keys.clusterWarnings(), ...clusters);
    return texts.map((text) => factFrom(stored, text ?? null) ?? []);
  }
}
