import { z } from 'zod';
import type { KubeStore } from '../kube/store.port';
import type { Clock } from '../platform/clock';

const NAME = 'fleet-reloader-permits';
const PART = 'permits';
/** Rollouts whose cancellation is remembered; a permit older than so many cancellations has expired long ago. */
const MAX_FLOORS = 1000;
const RETRY_MS = 2000;

const floors = z.record(z.string(), z.int().min(0));

/** What must outlive the agent for it to refuse void permits: cancelled fences, and the highest hub epoch obeyed. */
export class GuardStore {
  readonly #floors = new Map<string, number>();
  #maxHubEpoch = 0;
  #dirty = false;
  #writing: Promise<void> | null = null;
  #stopped = false;

  constructor(
    private readonly store: KubeStore,
    private readonly clock: Clock,
    private readonly trouble: (what: string, error: unknown) => void,
  ) {}

  /** Throws when the API server cannot be asked or the state is unreadable: no permit may be obeyed then. */
  async load(): Promise<void> {
    const data = (await this.store.readConfigMaps(PART)).get(NAME);
    const known = floors.parse(JSON.parse(data?.['floors'] ?? '{}'));
    for (const [rollout, fence] of Object.entries(known)) this.#floors.set(rollout, fence);
    this.#maxHubEpoch = Math.max(
      this.#maxHubEpoch,
      z.coerce
        .number()
        .int()
        .min(0)
        .parse(data?.['maxHubEpochSeen'] ?? '0'),
    );
  }

  maxHubEpoch(): number {
    return this.#maxHubEpoch;
  }

  floorOf(rollout: string): number {
    return this.#floors.get(rollout) ?? 0;
  }

  obey(hubEpoch: number): void {
    if (hubEpoch <= this.#maxHubEpoch) return;
    this.#maxHubEpoch = hubEpoch;
    this.#write();
  }

  raiseFloor(rollout: string, fence: number): void {
    if (fence <= this.floorOf(rollout)) return;
    this.#floors.delete(rollout);
    this.#floors.set(rollout, fence);
    for (const oldest of this.#floors.keys()) {
      if (this.#floors.size <= MAX_FLOORS) break;
      this.#floors.delete(oldest);
    }
    this.#write();
  }

  /** Resolves when everything is written, or has failed once more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#writing;
  }

  #write(): void {
    this.#dirty = true;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (this.#dirty && !this.#stopped) this.clock.after(RETRY_MS, () => this.#write());
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      const data = {
        maxHubEpochSeen: String(this.#maxHubEpoch),
        floors: JSON.stringify(Object.fromEntries(this.#floors)),
      };
      try {
        await this.store.writeConfigMap(NAME, PART, data);
      } catch (error) {
        this.#dirty = true;
        this.trouble(`${NAME} could not be written`, error);
        return;
      }
    }
  }
}
