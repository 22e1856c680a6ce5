import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { StateRedis } from './redis';

const REFRESH_MS = 10_000;

/**
 * The one clock that decisions are made by: Redis' own, so that all replicas agree.
 * Between two looks at it time runs by the process's monotonic clock; a step of the wall clock changes nothing.
 */
@Injectable()
export class Clock implements OnApplicationShutdown {
  /** Redis' epoch milliseconds at monotonic zero; before the first look the wall clock stands in. */
  private base = Date.now() - performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly redis: StateRedis) {
    redis.on('ready', () => void this.refresh());
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
    this.timer.unref();
  }

  /** Epoch milliseconds on Redis' clock. */
  now(): number {
    return Math.floor(this.base + performance.now());
  }

  /** Looks at Redis' clock; half of the round trip is taken as the way back. */
  async refresh(): Promise<void> {
    const sent = performance.now();
    const [seconds, micros] = await this.redis.time().catch(() => [undefined, undefined]);
    if (seconds === undefined || micros === undefined) return;
    const received = performance.now();
    this.base = Number(seconds) * 1000 + Number(micros) / 1000 - (sent + received) / 2;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
