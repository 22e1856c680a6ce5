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
/** One fact or none, and its part of a frame. */
type Sized<T> = Readonly<{ told: readonly T[]; bytes: number }>;
const NOTHING: Sized<never> = { told: [], bytes: 0 };
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
    const here = fact ? this.#valid(sourceFact, key, fact) : NOTHING;
    const gone = fact ? NOTHING : this.#valid(sourceRef, key, parseObjectKey(key));
    if (!budget.take(here.bytes + gone.bytes)) return false;
    chunk.keys.sources.push(key);
    chunk.facts.sources.push(...here.told);
    chunk.facts.goneSources.push(...gone.told);
    return true;
  }

  #addWorkload(chunk: Building, key: string, budget: FrameBudget): boolean {
    const fact = this.inventory.workload(key);
    const here = fact ? this.#valid(workloadFact, key, fact) : NOTHING;
    const gone = fact ? NOTHING : this.#valid(workloadRef, key, parseObjectKey(key));
    if (!budget.take(here.bytes + gone.bytes)) return false;
    chunk.keys.workloads.push(key);
    chunk.facts.workloads.push(...here.told);
    chunk.facts.goneWorkloads.push(...gone.told);
    return true;
  }

  /** One object that the protocol can not carry must not cost the cluster its connection: it is left out, and said so. */
  #valid<T>(schema: z.ZodType<T>, key: string, fact: unknown): Sized<T> {
    const parsed = schema.safeParse(fact);
    if (!parsed.success) {
      return this.#leftOut(
        key,
        parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
      );
    }
    const bytes = Buffer.byteLength(JSON.stringify(parsed.data));
    if (bytes > MOST_FACT_BYTES) return this.#leftOut(key, [`it is ${bytes} bytes, ${MOST_FACT_BYTES} fit`]);
    return { told: [parsed.data], bytes: bytes + BETWEEN };
  }

  #leftOut(key: string, problems: readonly string[]): Sized<never> {
    if (!this.#complained.has(key)) {
      this.#complained.add(key);
      this.log.warn({ object: key, problems }, 'the hub can not be told about this object');
    }
    return NOTHING;
  }
}

/** What is left of a frame when its envelope is off. */
const MOST_FACT_BYTES = MAX_FRAME_BYTES - 8 * 1024;

/** What a comma takes. */
const BETWEEN = 1;
