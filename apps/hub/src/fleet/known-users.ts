import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { SourceRef } from '@app/contracts/objects';
import { objectKey } from '@app/contracts/objects';
import { sourceFact, type WorkloadFact, workloadFact } from '@app/contracts/wire/facts';
import { INVENTORY, Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import type { SourceInCluster } from './core/candidates';
import { clusterRecord } from './core/cluster-record';
import { factFrom } from './core/stored-fact';

/** A cluster as it was when it was last heard of, with every opted-in workload that used the source then. */
export type UsersInCluster = Pick<SourceInCluster, 'cluster' | 'registration' | 'source'> &
  Readonly<{ workloads: readonly WorkloadFact[] }>;

/**
 * KEYS registrations. ARGV source key, prefix and suffixes of the inventory keys, clusters.
 * Reply per cluster: name, registration, source fact, workload facts.
 */
const USERS = script(
  'frKnownUsers',
  `local reply = {}
   for n = 6, #ARGV do
     local cluster, base, facts = ARGV[n], ARGV[2] .. ARGV[n], {}
     for _, key in ipairs(redis.call('SMEMBERS', base .. ARGV[3] .. ARGV[1])) do
       facts[#facts + 1] = redis.call('HGET', base .. ARGV[4], key) or ''
     end
     reply[#reply + 1] = {cluster, redis.call('HGET', KEYS[1], cluster) or '', redis.call('HGET', base .. ARGV[5], ARGV[1]) or '', facts}
   end
   return reply`,
);

const rows = z.array(z.tuple([z.string(), z.string(), z.string(), z.array(z.string())]));

/** Who used a source when its cluster was last heard of. */
@Injectable()
export class KnownUsers {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** In the order of their names; clusters in which nothing opted in uses the source are left out. One round trip. */
  async of(source: SourceRef, clusters: readonly string[]): Promise<readonly UsersInCluster[]> {
    if (clusters.length === 0) return [];
    const { users, workloads, sources } = INVENTORY;
    const args = [objectKey(source), this.keys.inventory(), users, workloads, sources, ...[...clusters].sort()];
    const reply = await this.redis.run(USERS, [this.keys.clusters()], args);
    return rows
      .parse(reply)
      .map(([cluster, registration, fact, workloads]) => ({
        cluster,
        registration: factFrom(clusterRecord, registration) ?? null,
        source: factFrom(sourceFact, fact) ?? null,
        workloads: workloads.flatMap((text) => optedIn(text) ?? []),
      }))
      .filter(({ workloads }) => workloads.length > 0);
  }
}

function optedIn(text: string): WorkloadFact | undefined {
  const fact = factFrom(workloadFact, text);
  return fact === undefined || fact.state === 'Ignored' || fact.want === null ? undefined : fact;
}
