import { objectKey, parseObjectKey, sourceRef, workloadRef } from '@app/contracts/objects';
import { MAX_ITEMS_PER_FRAME } from '@app/contracts/wire/envelope';
import type { Report } from '@app/contracts/wire/agent-messages';
import { sourceFact, workloadFact } from '@app/contracts/wire/facts';
import type { z } from 'zod';
import type { Inventory } from '../inventory/inventory.port';
import { FrameBudget, MAX_BATCH_BYTES } from './core/frame-budget';
import type { DirtyKeys } from './core/outbox';
import type { LinkLog } from './link-options';

/** As much of what was asked for as one frame takes, and the keys that it speaks for. */
export type Chunk = Readonly<{ facts: Omit<Report, 'inventoryDigest'>; keys: DirtyKeys }>;

type Building = { facts: { -readonly [K in keyof Chunk['facts']]: Chunk['facts'][K] }; keys: MutableKeys };
type MutableKeys = { sources: string[]; workloads: string[] };

/** Reads the inventory's facts as they are now, in frames that the hub will take. */
export class FactReader {
  readonly #complained = new Set<string>();

  constructor(
    private readonly inventory: Inventory,
    private readonly log: LinkLog,
  ) {}

  everything(): DirtyKeys {
    return {
      sources: Array.from(this.inventory.sources(), objectKey),
      workloads: Array.from(this.inventory.workloads(), objectKey),
    };
  }

  /** The first of `keys` that fit into one frame; what the inventory no longer has is told as gone. */
  chunk(keys: DirtyKeys): Chunk {
    const budget = new FrameBudget(MAX_ITEMS_PER_FRAME, MAX_BATCH_BYTES);
    const chunk: Building = {
      facts: { sources: [], workloads: [], goneSources: [], goneWorkloads: [] },
      keys: { sources: [], workloads: [] },
    };
    for (const key of keys.sources) {
      if (!this.#addSource(chunk, key, budget)) return chunk;
    }
    for (const key of keys.workloads) {
      if (!this.#addWorkload(chunk, key, budget)) return chunk;
    }
    return chunk;
  }

  #addSource(chunk: Building, key: string, budget: FrameBudget): boolean {
    const fact = this.inventory.source(key);
    if (!budget.take(sizeOf(fact ?? key))) return false;
    chunk.keys.sources.push(key);
    if (fact) chunk.facts.sources.push(...this.#valid(sourceFact, key, fact));
    else chunk.facts.goneSources.push(...this.#valid(sourceRef, key, parseObjectKey(key)));
    return true;
  }

  #addWorkload(chunk: Building, key: string, budget: FrameBudget): boolean {
    const fact = this.inventory.workload(key);
    if (!budget.take(sizeOf(fact ?? key))) return false;
    chunk.keys.workloads.push(key);
    if (fact) chunk.facts.workloads.push(...this.#valid(workloadFact, key, fact));
    else chunk.facts.goneWorkloads.push(...this.#valid(workloadRef, key, parseObjectKey(key)));
    return true;
  }

  /** One object that the protocol can not carry must not cost the cluster its connection: it is left out, and said so. */
  #valid<T>(schema: z.ZodType<T>, key: string, fact: unknown): T[] {
    const parsed = schema.safeParse(fact);
    if (parsed.success) return [parsed.data];
    if (!this.#complained.has(key)) {
      this.#complained.add(key);
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      this.log.warn({ object: key, problems }, 'the hub can not be told about this object');
    }
    return [];
  }
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
