import type { LeadershipConfig } from '../config/modes';
import type { Clock } from '../platform/clock';
import { heldBy, type Lease, mayTake, released, type Sighting, sight } from './core/lease';
import type { LeaseStore } from './lease.port';

/** Told what becomes of the leadership. */
export type ElectorHooks = Readonly<{
  /** This replica must not act any more; told once. */
  lost(why: string): void;
  trouble(what: string, error: unknown): void;
}>;

type Times = Pick<LeadershipConfig, 'identity' | 'leaseMs' | 'renewWithinMs' | 'retryMs'>;

/**
 * Takes the Lease when it is free, and renews it. It leads for `renewWithinMs` from when the last renewal that worked
 * was begun: shorter than the Lease by which the others wait, so that there are never two, whatever stops this process.
 */
export class LeaderElector {
  #held: Lease | null = null;
  #sighting: Sighting | null = null;
  #leadsUntil = -Infinity;
  #standingBy: string | null = null;
  #onStandby: (holder: string) => void = () => undefined;
  #state: 'waiting' | 'leading' | 'lost' | 'released' = 'waiting';
  #renewing: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(
    private readonly leases: LeaseStore,
    private readonly times: Times,
    private readonly parts: Readonly<{ clock: Clock; hooks: ElectorHooks }>,
  ) {}

  /** Resolves with true when this replica leads, with false when it was stopped before. */
  async lead(): Promise<boolean> {
    while (this.#state === 'waiting') {
      if (await this.#tryToTake()) {
        this.#state = 'leading';
        this.#renewing = this.#renew();
        return true;
      }
      await this.#pause();
    }
    return false;
  }

  /** May this replica act now? Asked before each write. */
  leads(): boolean {
    return this.#state === 'leading' && this.parts.clock.monotonic() < this.#leadsUntil;
  }

  /** The other replica that was found to lead; null: none was, or this one leads. */
  leader(): string | null {
    return this.#standingBy;
  }

  /** Called when another replica is found to lead; once for each. */
  onStandby(call: (holder: string) => void): void {
    this.#onStandby = call;
  }

  /** It led, and must not act any more. */
  get isLost(): boolean {
    return this.#state === 'lost';
  }

  /** After it was lost: resolves when the Lease could be taken once more, for nobody else has. */
  async untilVacant(): Promise<void> {
    const { clock, hooks } = this.parts;
    for (;;) {
      try {
        const now = clock.monotonic();
        this.#sighting = sight(this.#sighting, await this.leases.read(), now);
        if (mayTake(this.#sighting, this.times.identity, now)) return;
      } catch (error) {
        hooks.trouble('the Lease can not be asked for', error);
      }
      await this.#pause();
    }
  }

  /** Rises with each change of the holder. */
  epoch(): number {
    return this.#held?.transitions ?? 0;
  }

  /** Lets go, so that the others need not wait. To be called when nothing is under way any more. */
  async release(): Promise<void> {
    const held = this.leads() ? this.#held : null;
    if (this.#state !== 'lost') this.#state = 'released';
    this.#wake();
    await this.#renewing;
    if (held === null) return;
    const { clock, hooks } = this.parts;
    const spec = released(this.#held ?? held, clock.wall());
    await this.leases
      .write(this.#held ?? held, spec)
      .catch((error: unknown) => hooks.trouble('the Lease could not be released', error));
  }

  async #tryToTake(): Promise<boolean> {
    const { clock, hooks } = this.parts;
    try {
      const now = clock.monotonic();
      this.#sighting = sight(this.#sighting, await this.leases.read(), now);
      if (mayTake(this.#sighting, this.times.identity, now)) return await this.#write(this.#sighting.lease);
      this.#standBy(this.#sighting.lease?.holder ?? '');
    } catch (error) {
      hooks.trouble('the Lease can not be asked for', error);
    }
    return false;
  }

  async #write(before: Lease | null): Promise<boolean> {
    const { clock } = this.parts;
    const { identity, leaseMs, renewWithinMs } = this.times;
    const begun = clock.monotonic();
    const written = await this.leases.write(before, heldBy(identity, before, { wall: clock.wall(), leaseMs }));
    if (written === null) return false;
    this.#held = written;
    this.#standingBy = null;
    this.#leadsUntil = begun + renewWithinMs;
    return true;
  }

  #standBy(holder: string): void {
    if (holder === this.#standingBy) return;
    this.#standingBy = holder;
    this.#onStandby(holder);
  }

  async #renew(): Promise<void> {
    await this.#pause();
    while (this.#state === 'leading') {
      const why = await this.#renewOnce();
      if (why !== null) return this.#lose(why);
      await this.#pause();
    }
  }

  /** Why the leadership is lost; null: it is not. */
  async #renewOnce(): Promise<string | null> {
    const { hooks } = this.parts;
    const seconds = Math.round(this.times.renewWithinMs / 1000);
    // A process that was stopped for long must not renew what another has taken meanwhile, and needs not ask.
    if (!this.leads()) return `it was not renewed for ${seconds} s`;
    try {
      if (this.#held !== null && (await this.#write(this.#held))) return null;
      const lease = await this.leases.read();
      if (lease !== null && lease.holder !== this.times.identity) return `${lease.holder || 'nobody'} holds it`;
      await this.#write(lease);
    } catch (error) {
      hooks.trouble('the Lease could not be renewed', error);
    }
    return null;
  }

  #lose(why: string): void {
    if (this.#state !== 'leading') return;
    this.#state = 'lost';
    this.parts.hooks.lost(why);
  }

  #pause(): Promise<void> {
    const left = this.#leadsUntil - this.parts.clock.monotonic();
    const ms = this.#state === 'leading' ? Math.max(0, Math.min(this.times.retryMs, left)) : this.times.retryMs;
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
