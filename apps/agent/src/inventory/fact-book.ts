import { hash } from 'node:crypto';
import { PROTOCOL } from '@app/contracts/wire/envelope';
import { factIn, isPending, type SourceFact, type WorkloadFact } from '@app/contracts/wire/facts';
import type { InventoryChange } from './inventory.port';

type Fact = SourceFact | WorkloadFact;
const MODULUS = 1n << 256n;

/** Oldest first; the last one has every field. */
const PROTOS = Array.from({ length: PROTOCOL.max - PROTOCOL.min + 1 }, (_, n) => PROTOCOL.min + n);
const NOTHING: readonly bigint[] = PROTOS.map(() => 0n);

/**
 * The facts as they were last computed, a digest over all of them, and the news for whoever listens.
 * The digest is the sum of each fact's own: order plays no part, and a change costs the same in any inventory. There is
 * one per version of the protocol: a hub that has fewer fields has to get the digest of what it was told. They are worked
 * out when somebody asks: without a hub nobody does.
 */
export class FactBook {
  readonly #sources = new Map<string, SourceFact>();
  readonly #workloads = new Map<string, WorkloadFact>();
  /** Of each fact, as it is in the sums. */
  readonly #digests = new Map<string, readonly bigint[]>();
  /** Facts that are not in the sums as they are now. */
  readonly #unsummed = new Set<string>();
  readonly #listeners: ((change: InventoryChange) => void)[] = [];
  readonly #news = { sources: new Set<string>(), workloads: new Set<string>() };
  #sums = NOTHING;
  #pending = 0;
  #announcing = false;

  source(key: string): SourceFact | undefined {
    return this.#sources.get(key);
  }

  workload(key: string): WorkloadFact | undefined {
    return this.#workloads.get(key);
  }

  sources(): Iterable<SourceFact> {
    return this.#sources.values();
  }

  workloads(): Iterable<WorkloadFact> {
    return this.#workloads.values();
  }

  get pending(): number {
    return this.#pending;
  }

  digest(proto: number = PROTOCOL.max): string {
    for (const key of this.#unsummed) this.#sum(key);
    this.#unsummed.clear();
    const sum = this.#sums[proto - PROTOCOL.min] ?? 0n;
    return Buffer.from(sum.toString(16).padStart(64, '0'), 'hex').toString('base64url');
  }

  onChange(listener: (change: InventoryChange) => void): void {
    this.#listeners.push(listener);
  }

  /** undefined: there is no such fact any more. */
  putSource(key: string, fact: SourceFact | undefined): void {
    if (isSame(this.#sources.get(key), fact)) return;
    if (fact) this.#sources.set(key, fact);
    else this.#sources.delete(key);
    this.#announce(this.#news.sources, key, fact);
  }

  putWorkload(key: string, fact: WorkloadFact | undefined): void {
    const before = this.#workloads.get(key);
    if (isSame(before, fact)) return;
    this.#pending += Number(fact !== undefined && isPending(fact)) - Number(before !== undefined && isPending(before));
    if (fact) this.#workloads.set(key, fact);
    else this.#workloads.delete(key);
    this.#announce(this.#news.workloads, key, fact);
  }

  #sum(key: string): void {
    const before = this.#digests.get(key);
    const fact = this.#workloads.get(key) ?? this.#sources.get(key);
    const after = fact && digestsOf(fact);
    this.#sums = this.#sums.map((sum, n) => (sum - (before?.[n] ?? 0n) + (after?.[n] ?? 0n) + MODULUS) % MODULUS);
    if (after === undefined) this.#digests.delete(key);
    else this.#digests.set(key, after);
  }

  #announce(news: Set<string>, key: string, fact: Fact | undefined): void {
    news.add(key);
    if (fact || this.#digests.has(key)) this.#unsummed.add(key);
    else this.#unsummed.delete(key);
    if (this.#announcing) return;
    this.#announcing = true;
    // As soon as what came in one piece is taken in.
    queueMicrotask(() => {
      this.#announcing = false;
      const change = { sources: [...this.#news.sources], workloads: [...this.#news.workloads] };
      this.#news.sources.clear();
      this.#news.workloads.clear();
      for (const listener of this.#listeners) listener(change);
    });
  }
}

/** Facts are built field by field in one order, so equal facts are equal text; labels arrive sorted. */
const isSame = (one: Fact | undefined, other: Fact | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other));

function digestsOf(fact: Fact): readonly bigint[] {
  const whole = digestOf(fact);
  return PROTOS.map((proto) => {
    const told = factIn(fact, proto);
    return told === fact ? whole : digestOf(told);
  });
}

const digestOf = (fact: Fact): bigint => BigInt(`0x${hash('sha256', JSON.stringify(fact), 'hex')}`);
