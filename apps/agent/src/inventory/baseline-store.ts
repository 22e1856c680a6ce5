import { z } from 'zod';
import { keyIdOf, revision } from '@app/contracts/revision';
import type { KubeStore } from '../kube/store.port';
import { type Clock, systemClock } from '../platform/clock';
import type { Baseline } from './core/reckon';
import { shardOf, SHARDS } from './core/shard';

const PART = 'state';
const ENTRY = 'workloads';
/** Shortest time between two writes of the state, in ms. */
const WRITE_INTERVAL_MS = 1000;
/** Longest that a record is not written whose restart left its proof in the pod template, in ms. */
const PROVEN_MS = 10_000;
const RETRY_MS = 5000;

const revisions = z.record(z.string(), revision);
const stored = z.record(
  z.string(),
  z.object({
    uid: z.string(),
    mark: z.string().nullable().default(null),
    sources: revisions,
    previous: revisions.nullable().default(null),
    patterns: z.string().optional(),
  }),
);

const shardName = (shard: number): string => `fleet-reloader-state-${shard}`;

/** Told what went wrong with the agent's own state; the work goes on in memory meanwhile. */
export type StateTrouble = (what: string, error: unknown) => void;

/**
 * Baselines by workload key, kept in memory and written behind to ConfigMaps in the agent's namespace.
 * A lost write costs at most one needless restart, never a change: what a restart brought is also in the template.
 */
export class BaselineStore {
  readonly #entries = new Map<string, Baseline>();
  readonly #dirty = new Set<number>();
  readonly #shards = Array.from({ length: SHARDS }, () => new Set<string>());
  #timer: Readonly<{ at: number; cancel: () => void }> | null = null;
  #writing: Promise<void> = Promise.resolve();
  #wroteAt = -Infinity;

  constructor(
    private readonly store: KubeStore,
    private readonly trouble: StateTrouble,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * Reads what earlier runs recorded; what another key than this one was used for can not be compared, and is told. Throws
   * when the API server cannot be asked: nothing may be decided then.
   */
  async load(keyId: string): Promise<void> {
    for (const [name, data] of await this.store.readConfigMaps(PART)) {
      const parsed = parse(data[ENTRY] ?? '{}');
      if (!parsed) this.trouble(`${name} is unreadable and will be written anew`, undefined);
      for (const [key, baseline] of Object.entries(parsed ?? {})) this.#put(key, baseline);
    }
    const others = [...this.#entries.values()].filter((baseline) => isOfAnotherKey(baseline, keyId)).length;
    if (others > 0) this.trouble(anotherKey(others), undefined);
  }

  get(key: string): Baseline | undefined {
    return this.#entries.get(key);
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** `proven`: the pod template tells the same, so that writing it is not urgent. */
  set(key: string, baseline: Baseline, proven = false): void {
    if (sameBaseline(this.#entries.get(key), baseline)) return;
    this.#put(key, baseline);
    this.#soil(key, proven ? PROVEN_MS : 0);
  }

  delete(key: string): void {
    if (!this.#entries.delete(key)) return;
    this.#shards[shardOf(key)]?.delete(key);
    this.#soil(key, 0);
  }

  /** Writes what is not written yet; resolves when it is, or has failed and will be tried again. */
  async flush(): Promise<void> {
    this.#cancelTimer();
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async stop(): Promise<void> {
    await this.flush();
    this.#cancelTimer();
  }

  #put(key: string, baseline: Baseline): void {
    this.#entries.set(key, baseline);
    this.#shards[shardOf(key)]?.add(key);
  }

  #soil(key: string, leastMs: number): void {
    this.#dirty.add(shardOf(key));
    this.#schedule(Math.max(leastMs, this.#wroteAt + WRITE_INTERVAL_MS - this.clock.monotonic()));
  }

  /** Writes everything that is due or not by then; what is to be written sooner brings it forward. */
  #schedule(delayMs: number): void {
    const at = this.clock.monotonic() + delayMs;
    if (this.#timer && this.#timer.at <= at) return;
    this.#cancelTimer();
    this.#timer = { at, cancel: this.clock.after(delayMs, () => void this.flush()) };
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #write(): Promise<void> {
    const shards = [...this.#dirty];
    this.#dirty.clear();
    this.#wroteAt = this.clock.monotonic();
    const outcomes = await Promise.allSettled(shards.map((shard) => this.#writeShard(shard)));
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') return;
      this.#dirty.add(shards[index] ?? 0);
      this.trouble(`${shardName(shards[index] ?? 0)} could not be written`, outcome.reason);
    });
    if (this.#dirty.size > 0) this.#schedule(RETRY_MS);
  }

  async #writeShard(shard: number): Promise<void> {
    const keys = [...(this.#shards[shard] ?? [])].sort();
    const entries = Object.fromEntries(keys.map((key) => [key, this.#entries.get(key)]));
    await this.store.writeConfigMap(shardName(shard), PART, { [ENTRY]: JSON.stringify(entries) });
  }
}

function parse(text: string): Readonly<Record<string, Baseline>> | null {
  try {
    const result = stored.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

const isOfAnotherKey = ({ sources }: Baseline, keyId: string): boolean =>
  Object.values(sources).some((value) => keyIdOf(value) !== keyId);

const anotherKey = (workloads: number): string =>
  `the fingerprint key is another one: what ${workloads} workloads run counts as current, and a change that they had yet to be restarted for is not seen`;

function sameBaseline(a: Baseline | undefined, b: Baseline): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
