import type { ServedKinds } from '../kube/discovery';
import type { WatchedKind } from '../kube/kube.port';
import type { Clock } from '../platform/clock';

export type LateKindsParts<K extends WatchedKind> = Readonly<{
  /** Throws when the API server cannot be asked. */
  discover: (kinds: readonly K[]) => Promise<ServedKinds<K>>;
  watch: (kind: K) => void;
  unwatch: (kind: K) => void;
  clock: Clock;
}>;

export type LateKindsHooks<K extends WatchedKind> = Readonly<{
  appeared(kind: K): void;
  disappeared(kind: K): void;
  /** Told once for each new reason. */
  hindered(kind: K, why: string): void;
}>;

/**
 * Kinds that a cluster may come to serve, or cease to, while the agent runs. Those that it serves are watched; what
 * is said about one that it does not serve is told once.
 */
export class LateKinds<K extends WatchedKind> {
  readonly #watched: Set<K>;
  readonly #told = new Map<K, string>();
  #cancel: () => void = () => undefined;
  #stopped = false;

  /** `now`: what was found at the start; those kinds are watched already. */
  constructor(
    private readonly parts: LateKindsParts<K>,
    private readonly options: Readonly<{ kinds: readonly K[]; everyMs: number }>,
    private readonly hooks: LateKindsHooks<K>,
    now: ServedKinds<K>,
  ) {
    this.#watched = new Set(now.served);
    this.#tell(now);
  }

  start(): void {
    const { clock } = this.parts;
    if (this.#stopped || this.options.kinds.length === 0) return;
    const wait = this.options.everyMs * (0.75 + clock.random() / 2);
    this.#cancel = clock.after(wait, () => void this.#look().then(() => this.start()));
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    try {
      const now = await this.parts.discover(this.options.kinds);
      if (!this.#stopped) this.#compare(now);
    } catch {
      // The API server cannot be asked, which every watch tells: the next look asks again.
    }
  }

  #compare(now: ServedKinds<K>): void {
    for (const kind of this.options.kinds) {
      const isServed = now.served.includes(kind);
      if (isServed && !this.#watched.has(kind)) this.#begin(kind);
      // One that is there and refused for a while keeps its watch: that tells its own trouble, and ends it.
      if (!isServed && this.#watched.has(kind) && now.hindered[kind] === undefined) this.#end(kind);
    }
    this.#tell(now);
  }

  #begin(kind: K): void {
    this.#watched.add(kind);
    this.hooks.appeared(kind);
    this.parts.watch(kind);
  }

  #end(kind: K): void {
    this.#watched.delete(kind);
    this.hooks.disappeared(kind);
    this.parts.unwatch(kind);
  }

  #tell({ hindered }: ServedKinds<K>): void {
    for (const kind of this.options.kinds) {
      const why = hindered[kind] ?? '';
      if (why !== '' && why !== this.#told.get(kind) && !this.#watched.has(kind)) this.hooks.hindered(kind, why);
      this.#told.set(kind, why);
    }
  }
}
