import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../platform/redis';
import { StoreGate } from '../platform/store-gate';
import { DueStore } from './due.store';
import { Upkeep } from './upkeep';
import { WorkQueues } from './work-queues';

/** How long an entry that was rung for stays out of sight. */
const VISIBILITY_MS = 5000;
const AT_ONCE = 500;
/** An entry that comes up sooner than the one waited for is seen this late at the most. */
const LONGEST_WAIT_MS = 200;
const SHORTEST_WAIT_MS = 5;
const RETRY_MS = 500;

type Wait = (ms: number, signal: AbortSignal) => Promise<void>;
const quietly: Wait = (ms, signal) => pause(ms, undefined, { signal, ref: false }).catch(() => undefined);

/** Turns due entries into jobs, on every replica; the store sees to it that each entry is handed out once at a time. */
@Injectable()
export class Pump implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Pump.name);
  private readonly stopped = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly gate: StoreGate,
    private readonly due: DueStore,
    private readonly queues: WorkQueues,
    private readonly upkeep: Upkeep,
  ) {}

  onApplicationBootstrap(): void {
    const opened = this.gate.opened.then(
      () => true,
      () => false, // refused: the process ends
    );
    this.running = opened.then((mayRun) => (mayRun && !this.stopped.signal.aborted ? this.run() : undefined));
  }

  /** Nothing new is begun; what is under way comes to its end before the connections close. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.running;
    await this.queues.close();
  }

  private async run(): Promise<void> {
    this.queues.open();
    await Promise.all([
      this.repeat(
        () => this.pump(),
        (ms, signal) => this.due.nudge.wait(ms, signal),
      ),
      ...this.upkeep.chores().map(({ everyMs, work }) => this.repeat(async () => (await work(), everyMs))),
    ]);
  }

  /** @returns how long to wait for the next look, in milliseconds. */
  private async pump(): Promise<number> {
    const { members, nextInMs } = await this.due.claim(AT_ONCE, VISIBILITY_MS);
    if (members.length > 0) await this.queues.ring(members);
    if (members.length === AT_ONCE) return 0;
    return Math.max(SHORTEST_WAIT_MS, Math.min(LONGEST_WAIT_MS, nextInMs ?? LONGEST_WAIT_MS));
  }

  private async repeat(turn: () => Promise<number>, wait: Wait = quietly): Promise<void> {
    const { signal } = this.stopped;
    let failing = false;
    while (!signal.aborted) {
      const next = await turn().catch((error: unknown) => {
        const isAway = error instanceof StoreUnavailable;
        const msg = isAway ? 'timers stand still until Redis answers' : 'a round failed, and is made again';
        if (!failing) this.logger.warn({ msg, why: String(error) });
        return null;
      });
      failing = next === null;
      await wait(next ?? RETRY_MS, signal);
    }
  }
}
