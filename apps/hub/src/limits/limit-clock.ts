import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import { betterOf, type Heard, mostAt } from './core/steady';
import { LIMIT_TIME_LUA } from './lua/limit-time';

const REFRESH_MS = 10_000;

/** KEYS rates. ARGV most. Reply: the time that limits go by. */
const TIME = script('frLimitTime', `${LIMIT_TIME_LUA} return digits(limitTime(KEYS[1], ARGV[1]))`);

const steadyNow = (): number => performance.now() * 1000;

/** What time it is for limits, by this process's steady clock: whatever becomes of the store's, limits hold. */
@Injectable()
export class LimitClock implements OnApplicationShutdown {
  private heard: Heard | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {
    redis.on('ready', () => void this.refresh());
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
    this.timer.unref();
  }

  /** Microseconds at most, for the script; empty before the first answer. */
  most(): string {
    return this.heard === null ? '' : mostAt(this.heard, steadyNow());
  }

  /** Without an answer nothing changes. */
  async refresh(): Promise<void> {
    const askedAt = steadyNow();
    const reply = await this.redis.run(TIME, [this.keys.rates()], [this.most()]).catch(() => undefined);
    const time = Number(reply);
    if (Number.isFinite(time)) this.heard = betterOf(this.heard, { time, askedAt, heardAt: steadyNow() });
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
