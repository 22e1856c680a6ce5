import { objectKey } from '@app/contracts/objects';
import { pauseLeftMs } from '../inventory/core/pause';
import type { WorkloadRecord } from '../inventory/core/records';
import type { Workbench } from '../inventory/workbench.port';
import type { KubeWorkloads, PatchAnswer } from '../kube/kube.port';
import type { Clock } from '../platform/clock';
import { backoffMs, heardOf } from './core/backoff';

export type PauseParts = Readonly<{ workbench: Workbench; kube: Pick<KubeWorkloads, 'resume' | 'get'>; clock: Clock }>;

export type PauseOptions = Readonly<{
  /** The annotation that holds the instant of a pause. */
  annotation: string;
  /** Told that a pause is over, or why its end could not be written. */
  resumed: (workload: WorkloadRecord['ref']) => void;
  delayed: (workload: WorkloadRecord['ref'], why: string) => void;
}>;

/** No timer of Node is longer than some weeks, and a pause may be: it is not slept through in one go. In ms. */
const LONGEST_SLEEP_MS = 60_000;
/** What the API server refuses is mended by people: it is asked again after this many ms. */
const REFUSED_MS = 30_000;

type Waiting = { readonly version: string; cancel: () => void };
/** `pausedAt` tells one pause from the next, `at` is when it began by the clock that never jumps. */
type Begun = Readonly<{ pausedAt: string; at: number }>;

/**
 * Ends the pauses that restarts began, when their period is over. What is to be done stands in the workloads
 * themselves, so an agent that was started anew goes on where another one ended. The instant there is read once for
 * each pause: whoever sets the clock afterwards makes it neither longer nor shorter.
 */
export class PauseService {
  readonly #waiting = new Map<string, Waiting>();
  readonly #tries = new Map<string, number>();
  readonly #begun = new Map<string, Begun>();
  readonly #inFlight = new Set<Promise<void>>();
  #open = false;
  #stopped = false;
  readonly #early = new Set<string>();

  constructor(
    private readonly parts: PauseParts,
    private readonly options: PauseOptions,
  ) {
    parts.workbench.onWorkload((key) => this.#look(key));
  }

  /** From now on pauses are ended; those that are over already at once. */
  open(): void {
    this.#open = true;
    for (const key of this.#early) this.#look(key);
    this.#early.clear();
  }

  /** Waits for what is being written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    await Promise.all(this.#inFlight);
  }

  #look(key: string): void {
    if (this.#stopped) return;
    const paused = this.#paused(key);
    if (!paused) return this.#forget(key);
    if (!this.#open) {
      this.#early.add(key);
      return;
    }
    const { resourceVersion } = paused.record;
    if (this.#waiting.get(key)?.version !== resourceVersion) this.#sleep(key, resourceVersion, paused.leftMs);
  }

  /** null: no pause of ours is to be ended. One that a person has ended is over. */
  #paused(key: string): Readonly<{ record: WorkloadRecord; leftMs: number }> | null {
    const record = this.parts.workbench.look(key)?.record;
    const leftMs = record ? this.#leftMs(key, record) : null;
    return record && leftMs !== null ? { record, leftMs: record.status.paused ? leftMs : 0 } : null;
  }

  #leftMs(key: string, record: WorkloadRecord): number | null {
    const { clock } = this.parts;
    const byInstant = pauseLeftMs(record, clock.wall());
    const { pausedAt = null, periodMs = null } = record.pause ?? {};
    if (byInstant === null || pausedAt === null || periodMs === null) return byInstant;
    const now = clock.monotonic();
    const known = this.#begun.get(key);
    const begun = known?.pausedAt === pausedAt ? known : { pausedAt, at: now + byInstant - periodMs };
    this.#begun.set(key, begun);
    return Math.max(0, begun.at + periodMs - now);
  }

  #forget(key: string): void {
    this.#waiting.get(key)?.cancel();
    this.#waiting.delete(key);
    this.#tries.delete(key);
    this.#begun.delete(key);
    this.#early.delete(key);
  }

  #sleep(key: string, version: string, ms: number): void {
    this.#waiting.get(key)?.cancel();
    if (this.#stopped) return;
    const cancel = this.parts.clock.after(Math.min(ms, LONGEST_SLEEP_MS), () => this.#wake(key, version));
    this.#waiting.set(key, { version, cancel });
  }

  #wake(key: string, version: string): void {
    const paused = this.#paused(key);
    if (!paused) return this.#forget(key);
    if (paused.leftMs > 0) return this.#sleep(key, version, paused.leftMs);
    const turn = this.#resume(key, paused.record).finally(() => this.#inFlight.delete(turn));
    this.#inFlight.add(turn);
  }

  /** A person may have resumed it meanwhile: then only the instant is taken away. */
  async #resume(key: string, { ref, resourceVersion }: WorkloadRecord): Promise<void> {
    const { kube, clock } = this.parts;
    const answer = await kube.resume({ workload: ref, resourceVersion, annotation: this.options.annotation });
    if (answer.kind === 'patched') {
      this.#tries.delete(key);
      this.options.resumed(ref);
      return;
    }
    if (answer.kind === 'gone' || this.#stopped) return;
    if (answer.kind === 'conflict') await this.#readAgain(ref);
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    if (answer.kind !== 'conflict') this.options.delayed(ref, answer.message);
    this.#sleep(key, this.#paused(key)?.record.resourceVersion ?? '', retryMs(answer, tries, clock.random()));
  }

  async #readAgain(ref: WorkloadRecord['ref']): Promise<void> {
    const { kube, workbench } = this.parts;
    try {
      const object = await kube.get(ref);
      if (object && workbench.look(objectKey(ref))) workbench.observe(ref.kind, object);
    } catch {
      // The API server could not be asked: the next try does, and the watch tells of the workload meanwhile.
    }
  }
}

type Unwritten = Exclude<PatchAnswer, { kind: 'patched' } | { kind: 'gone' }>;

const retryMs = (answer: Unwritten, tries: number, random: number): number => {
  if (answer.kind === 'rejected') return REFUSED_MS;
  return backoffMs(tries, random, answer.kind === 'unavailable' ? heardOf(answer) : undefined);
};
