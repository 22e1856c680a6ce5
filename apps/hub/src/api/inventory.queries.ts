import { Injectable } from '@nestjs/common';
import { type SourceFact, sourceFact, type WorkloadFact, workloadFact } from '@app/contracts/wire/facts';
import { factFrom } from '../fleet/core/stored-fact';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import type { z } from 'zod';
import { type Page, pageOf, type PageRequest } from './core/page';

/** A fact with the cluster that reported it; `key` sorts the whole fleet's facts. */
export type Listed<T> = Readonly<{ cluster: string; key: string; fact: T }>;
type Wanted<T> = Readonly<{ clusters: readonly string[]; matches: (fact: T) => boolean; page: PageRequest }>;

/** Reads the inventory cluster by cluster, only as far as a page needs. */
@Injectable()
export class InventoryQueries {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  sources(wanted: Wanted<SourceFact>): Promise<Page<Listed<SourceFact>>> {
    return this.listed(sourceFact, this.keys.sources, wanted);
  }

  workloads(wanted: Wanted<WorkloadFact>): Promise<Page<Listed<WorkloadFact>>> {
    return this.listed(workloadFact, this.keys.workloads, wanted);
  }

  /** @param wanted.clusters sorted by name. */
  private async listed<T>(
    schema: z.ZodType<T>,
    keyOf: (cluster: string) => string,
    wanted: Wanted<T>,
  ): Promise<Page<Listed<T>>> {
    const { page } = wanted;
    const found: Listed<T>[] = [];
    const first = page.after?.slice(0, page.after.indexOf('/')) ?? '';
    for (const cluster of wanted.clusters) {
      if (cluster < first) continue;
      if (found.length > page.limit) break;
      const texts = await this.redis.hgetall(keyOf(cluster));
      const facts = Object.keys(texts)
        .sort()
        .flatMap((name) => {
          const fact = factFrom(schema, texts[name] ?? null);
          return fact && wanted.matches(fact) ? [{ cluster, key: `${cluster}/${name}`, fact }] : [];
        });
      found.push(...facts.filter(({ key }) => page.after === null || isAfter(key, page.after)));
    }
    return pageOf(found, ({ key }) => key, { limit: page.limit, after: null });
  }
}

/** By cluster first: `a-1/x` comes before `a/x` as text, but the clusters are walked as `a`, `a-1`. */
function isAfter(key: string, after: string): boolean {
  const [cluster, lastCluster] = [clusterOf(key), clusterOf(after)];
  return cluster === lastCluster ? key > after : cluster > lastCluster;
}
const clusterOf = (key: string): string => key.slice(0, key.indexOf('/'));
