import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { Clock } from '../platform/clock';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';

const EVERY_MS = 600_000;

/** Takes entries from the audit and event streams when they are older than HUB_RETENTION; without it Redis would fill up. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RetentionService.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly clock: Clock,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'retention'>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tick(), EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many entries are gone. Several replicas may do this at once. */
  async trim(): Promise<number> {
    const oldest = String(Math.max(0, this.clock.now() - this.config.retention.ageMs));
    const streams = [this.keys.audit(), this.keys.events()];
    const removed = await Promise.all(streams.map((key) => this.redis.xtrim(key, 'MINID', oldest)));
    return removed.reduce((sum, count) => sum + count, 0);
  }

  private async tick(): Promise<void> {
    await this.trim().catch((error: unknown) =>
      this.logger.warn({ msg: 'old entries could not be trimmed', err: error }),
    );
  }
}
