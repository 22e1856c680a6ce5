import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { objectKey } from '@app/contracts/objects';
import { type SourceFact, sourceFact, type WorkloadFact, workloadFact } from '@app/contracts/wire/facts';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { sourceOf } from './core/causes';
import {
  clustersFrom,
  cursorOf,
  type InventoryFilter,
  matchesFilter,
  type Page,
  type PageRequest,
  type Position,
  positionOf,
} from './core/inventory-page';
import { factFrom } from './core/stored-fact';

export type InCluster<T> = T & Readonly<{ cluster: string }>;
/** A source, with the keys of the workloads that use it. */
export type ListedSource = InCluster<SourceFact> & Readonly<{ usedBy: readonly string[] }>;

/** Reads the inventory in pages: by cluster, then by object key. */
@Injectable()
export class InventoryQueries {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  async sourcesOf(filter: InventoryFilter, page: PageRequest): Promise<Page<ListedSource>> {
    const { state } = filter;
    const listed: Listed<SourceFact> = {
      schema: sourceFact,
      keyOf: (cluster) => this.keys.sources(cluster),
      ...(state !== null && { only: (cluster) => this.usedIn(state, cluster) }),
    };
    const found = await this.list(listed, { ...filter, state: null }, page);
    const users = await Promise.all(
      found.items.map(({ cluster, key }) => this.redis.smembers(this.keys.users(cluster, key))),
    );
    const items = found.items.map(({ cluster, fact }, at) => ({ ...fact, cluster, usedBy: (users[at] ?? []).sort() }));
    return { items, nextCursor: found.nextCursor };
  }

  async workloadsOf(filter: InventoryFilter, page: PageRequest): Promise<Page<InCluster<WorkloadFact>>> {
    const listed: Listed<WorkloadFact> = { schema: workloadFact, keyOf: (cluster) => this.keys.workloads(cluster) };
    const found = await this.list(listed, filter, page);
    return { items: found.items.map(({ cluster, fact }) => ({ ...fact, cluster })), nextCursor: found.nextCursor };
  }

  /** Names of all clusters that ever reported, sorted. */
  async clusters(): Promise<readonly string[]> {
    return (await this.redis.smembers(this.keys.inventoried())).sort();
  }

  /** Keys of the sources that workloads in a state tell of. */
  private async usedIn(state: string, cluster: string): Promise<ReadonlySet<string>> {
    const stored = Object.values(await this.redis.hgetall(this.keys.workloads(cluster)));
    const facts = stored.flatMap((text) => factFrom(workloadFact, text) ?? []).filter((fact) => fact.state === state);
    return new Set(facts.flatMap((fact) => fact.sources.map((used) => objectKey(sourceOf(fact, used)))));
  }

  private async list<T extends Listable>(
    { schema, keyOf, only }: Listed<T>,
    filter: InventoryFilter,
    page: PageRequest,
  ): Promise<Page<Position & Readonly<{ fact: T }>>> {
    const after = positionOf(page.cursor);
    const items: (Position & Readonly<{ fact: T }>)[] = [];
    for (const cluster of clustersFrom(await this.clusters(), filter, after)) {
      const wanted = await only?.(cluster);
      const from = after?.cluster === cluster ? after.key : '';
      const stored = Object.entries(await this.redis.hgetall(keyOf(cluster)))
        .filter(([key]) => key > from && wanted?.has(key) !== false)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key, text] of stored) {
        const fact = factFrom(schema, text);
        if (!fact || !matchesFilter(filter, fact)) continue;
        const last = items.at(-1);
        if (items.length === page.limit && last) return { items, nextCursor: cursorOf(last) };
        items.push({ cluster, key, fact });
      }
    }
    return { items, nextCursor: null };
  }
}

type Listable = SourceFact | WorkloadFact;
type Listed<T> = Readonly<{
  schema: z.ZodType<T>;
  keyOf: (cluster: string) => string;
  /** Keys that alone are shown; absent: all are. */
  only?: (cluster: string) => Promise<ReadonlySet<string>>;
}>;
