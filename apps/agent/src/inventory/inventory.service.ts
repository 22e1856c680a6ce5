import { performance } from 'node:perf_hooks';
import { isDeepStrictEqual } from 'node:util';
import { objectKey, WORKLOAD_KINDS, type WorkloadKind } from '@app/contracts/objects';
import { type ClusterWarning, MAX_WARNINGS } from '@app/contracts/wire/agent-messages';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import type { KubeObject, KubeWatches, WatchedKind } from '../kube/kube.port';
import type { BaselineStore } from './baseline-store';
import type { Budgets } from './budgets';
import { type Arrival, isLive } from './core/arrival';
import type { Return } from './core/detour';
import type { Activity } from './core/fact';
import type { KeyRules } from './core/key-rules';
import type { OptInOptions } from './core/opt-in';
import type { Triggers } from './core/absence';
import { readWorkload, type WorkloadRecord } from './core/records';
import type { Revision } from '@app/contracts/revision';
import { isLater, isOutdated } from './core/resource-version';
import { DeafWatches } from './deaf-watches';
import { FactBook } from './fact-book';
import { type Fingerprinter, textDigest } from './fingerprint';
import type { Inventory, InventoryChange, KeyCounting } from './inventory.port';
import { Neighbours } from './neighbours';
import { Ledger } from './ledger';
import { keyOf, Listings } from './listings';
import type { SecretReaderParts } from './secret-reader';
import { isSourceStream, type SourceHooks, SourceIntake } from './source-intake';
import type { Applied, Workbench, WorkloadLook } from './workbench.port';

export type InventoryParts = Readonly<{
  watches: KubeWatches;
  baselines: BaselineStore;
  fingerprinter: Fingerprinter;
  /** How to read Secrets of which only the metadata is watched; null: they come with their data. */
  secrets: SecretReaderParts | null;
  /** null: nobody asks for what budgets say. */
  budgets?: Budgets | null;
}>;

/** What others want to know of the inventory's work, none of which changes it. */
export type InventoryHooks = SourceHooks &
  Readonly<{
    /** A workload's annotations hold something that cannot be understood. */
    misunderstood(workload: WorkloadRecord, warnings: readonly string[]): void;
    /** Stakater Reloader runs beside us, in the Deployment of this key. */
    otherReloader(deployment: string): void;
    trouble(what: string, error: unknown): void;
  }>;

export type InventoryOptions = OptInOptions &
  Readonly<{
    /** The kinds that are watched from the start. */
    kinds: readonly WatchedKind[];
    /** Kinds that may come later: what is recorded of their workloads is kept until they are there. */
    awaited: readonly WatchedKind[];
    triggers: Triggers;
  }>;

const LOAD_RETRY_MS = 2000;

/** Watches the cluster and keeps what follows from it. Objects are read, digested and dropped. */
export class InventoryService implements Inventory, KeyCounting, Workbench {
  readonly #facts = new FactBook();
  readonly #neighbours: Neighbours;
  readonly #deaf = new DeafWatches();
  #warnings: readonly ClusterWarning[] = [];
  readonly #ledger: Ledger;
  readonly #intake: SourceIntake;
  readonly #listings = new Listings({
    keysOf: (kind) => (isSourceStream(kind) ? this.#intake.keysOf(kind) : this.#ledger.keysOf(kind)),
    take: (kind, object, arrival) => this.#take(kind, object, arrival),
    gone: (kind, key, version) => this.#gone(kind, key, version),
    synced: (kind) => this.#synced(kind),
  });
  readonly #listeners: ((key: string) => void)[] = [];
  readonly #whenReady: Promise<void>;
  #announceReady: () => void = () => undefined;
  #loaded = false;
  #opened = false;
  #ready = false;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: InventoryParts,
    private readonly options: InventoryOptions,
    private readonly hooks: InventoryHooks,
  ) {
    this.#neighbours = new Neighbours((deployment) => hooks.otherReloader(deployment));
    this.#whenReady = new Promise((resolve) => (this.#announceReady = resolve));
    this.#ledger = new Ledger(parts.baselines, this.#facts, parts.fingerprinter, options.triggers);
    if (parts.budgets) this.#ledger.follow(parts.budgets);
    this.#intake = new SourceIntake(
      this.#ledger,
      parts.fingerprinter,
      {
        keys: options.keys,
        secrets: parts.secrets,
        absent: options.triggers.onCreate ? parts.fingerprinter.absent : undefined,
      },
      hooks,
    );
  }

  /** Begins to watch and to read the recorded baselines; `whenReady` tells when both are complete. */
  start(): void {
    const kinds = this.options.kinds.map((kind) => ({ kind, handler: this.#listings.begin(kind) }));
    for (const { kind, handler } of kinds) this.parts.watches.start(kind, handler);
    void this.#load();
  }

  /** One kind of workload more, which the cluster serves from now on. */
  watch(kind: WorkloadKind): void {
    this.parts.watches.start(kind, this.#listings.begin(kind));
  }

  /** The cluster serves this kind no more: its workloads are gone. */
  unwatch(kind: WorkloadKind): void {
    this.parts.watches.end(kind);
    this.#listings.end(kind);
    for (const key of this.#ledger.keysOf(kind)) this.#gone(kind, key, '');
  }

  /** Writes what is recorded and not yet written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#intake.stop();
    await this.parts.baselines.stop();
  }

  ready(): boolean {
    return this.#ready;
  }

  whenReady(): Promise<void> {
    return this.#whenReady;
  }

  sources(): Iterable<SourceFact> {
    return this.#facts.sources();
  }

  workloads(): Iterable<WorkloadFact> {
    return this.#facts.workloads();
  }

  source(key: string): SourceFact | undefined {
    return this.#facts.source(key);
  }

  workload(key: string): WorkloadFact | undefined {
    return this.#facts.workload(key);
  }

  digest(proto?: number): string {
    return this.#facts.digest(proto);
  }

  pendingCount(): number {
    return this.#facts.pending;
  }

  warnings(): readonly ClusterWarning[] {
    const deaf = this.#deaf.warnings(this.parts.watches.status(), performance.now());
    const all = [...deaf, ...this.#neighbours.warnings()].slice(0, MAX_WARNINGS);
    if (!isDeepStrictEqual(all, this.#warnings)) this.#warnings = all;
    return this.#warnings;
  }

  countBy(rules: KeyRules): void {
    this.#ledger.countBy(rules);
  }

  onChange(listener: (change: InventoryChange) => void): void {
    this.#facts.onChange(listener);
  }

  look(key: string): WorkloadLook | undefined {
    return this.#ledger.look(key);
  }

  sourceUid(key: string): string | undefined {
    return this.#ledger.sources.get(key)?.uid;
  }

  onWorkload(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  observe(kind: WorkloadKind, object: KubeObject): void {
    const known = this.#ledger.record(keyOf(kind, object));
    if (known && isLater(object.metadata.resourceVersion, known.resourceVersion))
      this.#putWorkload(kind, object, 'listed');
  }

  applied(key: string, applied: Applied, object: KubeObject): void {
    const known = this.#ledger.record(key);
    if (!known) return;
    this.#ledger.applied(key, applied);
    // The PATCH named the version it was made from, so its answer is the next one after that.
    if (isLater(object.metadata.resourceVersion, known.resourceVersion)) {
      this.#putWorkload(known.ref.kind, object, 'live');
    } else {
      this.#ledger.putWorkload(key, known, 'live');
    }
  }

  settle(key: string, uid: string, sources: Readonly<Record<string, Revision>>): void {
    this.#ledger.settle(key, uid, sources);
  }

  onReturn(listener: (key: string, back: Return) => void): void {
    this.#ledger.onReturn(listener);
  }

  setActivity(key: string, activity: Activity | null): void {
    this.#ledger.setActivity(key, activity);
  }

  endActivity(key: string, revision: Revision): void {
    this.#ledger.endActivity(key, revision);
  }

  #take(kind: WatchedKind, object: KubeObject, arrival: Arrival): void {
    if (isSourceStream(kind)) return this.#intake.put(kind, object, arrival);
    if (!isWorkloadKind(kind)) return;
    const before = this.#ledger.record(keyOf(kind, object));
    if (before && isOutdated(before, object.metadata, isLive(arrival))) return;
    this.#putWorkload(kind, object, arrival);
  }

  #putWorkload(kind: WorkloadKind, object: KubeObject, arrival: Arrival): void {
    const ref = { kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
    const key = objectKey(ref);
    const before = this.#ledger.record(key);
    const record = readWorkload(ref, object, { options: this.options, digest: textDigest, before });
    const { warnings } = record.optIn;
    const isNews = before?.uid !== record.uid || warnings.join() !== before.optIn.warnings.join();
    if (isNews && warnings.length > 0) this.hooks.misunderstood(record, warnings);
    this.#neighbours.see(kind, object);
    this.#ledger.putWorkload(key, record, arrival);
    for (const listener of this.#listeners) listener(key);
  }

  #gone(kind: WatchedKind, key: string, version: string): void {
    if (isSourceStream(kind)) return this.#intake.gone(kind, key, version);
    this.#neighbours.gone(key);
    this.#ledger.removeWorkload(key);
    for (const listener of this.#listeners) listener(key);
  }

  #synced(kind: WatchedKind): void {
    if (this.#opened) this.#ledger.forgetGone(kind);
    this.#openWhenComplete();
  }

  async #load(): Promise<void> {
    try {
      await this.parts.baselines.load(this.parts.fingerprinter.keyId);
      this.#loaded = true;
      this.#openWhenComplete();
    } catch (error) {
      this.hooks.trouble('the recorded baselines could not be read; nothing is decided until they are', error);
      if (!this.#stopped) this.#retry = setTimeout(() => void this.#load(), LOAD_RETRY_MS);
    }
  }

  #openWhenComplete(): void {
    if (!this.#loaded || !this.#listings.complete || this.#opened) return;
    this.#opened = true;
    this.#ledger.open(this.options.awaited);
    const reading = this.#intake.settled();
    if (reading) void reading.then(() => this.#becomeReady());
    else this.#becomeReady();
  }

  #becomeReady(): void {
    this.#ready = true;
    this.#announceReady();
  }
}

const isWorkloadKind = (kind: string): kind is WorkloadKind => WORKLOAD_KINDS.some((one) => one === kind);
