import { objectKey, parseObjectKey, sourceRef, workloadRef } from '@app/contracts/objects';
import { MAX_FRAME_BYTES, MAX_ITEMS_PER_FRAME } from '@app/contracts/wire/envelope';
import type { Report } from '@app/contracts/wire/agent-messages';
import { sourceFact, workloadFact } from '@app/contracts/wire/facts';
import type { z } from 'zod';
import { FrameBudget, MAX_BATCH_BYTES } from './core/frame-budget';
import type { DirtyKeys } from './core/outbox';
import type { LinkLog } from './link-options';
import type { ToldInventory } from './told-inventory';

/** As much of what was asked for as one frame takes, and the keys that it speaks for. */
export type Chunk = Readonly<{ facts: Omit<Report, 'inventoryDigest'>; keys: DirtyKeys }>;

type Building = { facts: { -readonly [K in keyof Chunk['facts']]: Chunk['facts'][K] }; keys: MutableKeys };
type MutableKeys = { sources: string[]; workloads: string[] };

/** Reads the inventory's facts as they are now, in frames that the hub will take. */
export class FactReader {
  readonly #complained = new Set<string>();

  constructor(
    private readonly inventory: ToldInventory,
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
    const here = fact ? this.#valid(sourceFact, key, fact) : [];
    const gone = fact ? [] : this.#valid(sourceRef, key, parseObjectKey(key));
    if (!budget.take(sizeOf(here) + sizeOf(gone))) return false;
    chunk.keys.sources.push(key);
    chunk.facts.sources.push(...here);
    chunk.facts.goneSources.push(...gone);
    return true;
  }

  #addWorkload(chunk: Building, key: string, budget: FrameBudget): boolean {
    const fact = this.inventory.workload(key);
    const here = fact ? this.#valid(workloadFact, key, fact) : [];
    const gone = fact ? [] : this.#valid(workloadRef, key, parseObjectKey(key));
    if (!budget.take(sizeOf(here) + sizeOf(gone))) return false;
    chunk.keys.workloads.push(key);
    chunk.facts.workloads.push(...here);
    chunk.facts.goneWorkloads.push(...gone);
    return true;
  }

  /** One object that the protocol can not carry must not cost the cluster its connection: it is left out, and said so. */
  #valid<T>(schema: z.ZodType<T>, key: string, fact: unknown): T[] {
    const parsed = schema.safeParse(fact);
    if (!parsed.success) {
      return this.#leftOut(
        key,
        parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
      );
    }
    const size = sizeOf(parsed.data);
    return size > MOST_FACT_BYTES ? this.#leftOut(key, [`it is ${size} bytes, ${MOST_FACT_BYTES} fit`]) : [parsed.data];
  }

  #leftOut(key: string, problems: readonly string[]): never[] {
    if (!this.#complained.has(key)) {
      this.#complained.add(key);
      this.log.warn({ object: key, problems }, 'the hub can not be told about this object');
    }
    return [];
  }
}

/** What is left of a frame when its envelope is off. */
const MOST_FACT_BYTES = MAX_FRAME_BYTES - 8 * 1024;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
