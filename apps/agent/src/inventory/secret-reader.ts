import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { KubeObject } from '../kube/kube.port';
import type { Clock } from '../platform/clock';

export type SecretReaderParts = Readonly<{
  /** null: it does not exist. Throws when the API server cannot be asked, or says no. */
  read: (ref: SourceRef) => Promise<KubeObject | null>;
  clock: Clock;
  /** Told once for each Secret that cannot be read, until it can. */
  trouble: (what: string, error: unknown) => void;
}>;

/** Reads at once: more only makes each slower. */
const MOST_AT_ONCE = 8;
const RETRY_MS = 5000;

/** Reads single Secrets, each as often as it is asked for, and keeps none of them. */
export class SecretReader {
  readonly #waiting = new Map<string, SourceRef>();
  readonly #reading = new Set<string>();
  /** Could not be read, and are tried again. */
  readonly #failed = new Map<string, () => void>();
  #listeners: (() => void)[] = [];
  #stopped = false;

  constructor(
    private readonly parts: SecretReaderParts,
    /** Given each Secret as it was read; null: it does not exist any more. */
    private readonly take: (ref: SourceRef, object: KubeObject | null) => void,
  ) {}

  want(ref: SourceRef): void {
    const key = objectKey(ref);
    this.#failed.get(key)?.();
    this.#waiting.set(key, ref);
    this.#pump();
  }

  /** Resolves when everything that was asked for was tried once; null: it was. */
  settled(): Promise<void> | null {
    if (this.#waiting.size + this.#reading.size === 0) return null;
    return new Promise((resolve) => this.#listeners.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#failed.values()) cancel();
    this.#waiting.clear();
  }

  /** One at a time per Secret: what is asked for while it is being read is read after that. */
  #pump(): void {
    for (const [key, ref] of this.#waiting) {
      if (this.#reading.size >= MOST_AT_ONCE) return;
      if (this.#reading.has(key)) continue;
      this.#waiting.delete(key);
      this.#reading.add(key);
      void this.#read(key, ref);
    }
  }

  async #read(key: string, ref: SourceRef): Promise<void> {
    try {
      const object = await this.parts.read(ref);
      this.#failed.delete(key);
      if (!this.#stopped) this.take(ref, object);
    } catch (error) {
      this.#tryLater(key, ref, error);
    }
    this.#reading.delete(key);
    if (!this.#stopped) this.#pump();
    if (this.#waiting.size + this.#reading.size > 0) return;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  #tryLater(key: string, ref: SourceRef, error: unknown): void {
    if (this.#stopped) return;
    if (!this.#failed.has(key)) this.parts.trouble(`${key} can not be read; its workloads wait for it`, error);
    this.#failed.set(
      key,
      this.parts.clock.after(RETRY_MS, () => this.want(ref)),
    );
  }
}
