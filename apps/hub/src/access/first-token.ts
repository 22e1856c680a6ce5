import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { createRevealingLogger } from '../ops/logger';
import { StoreGate } from '../platform/store-gate';
import { TokensService } from './tokens.service';

/** Shows the admin token of a new hub, once, in its log: without it nobody could make another. */
@Injectable()
export class FirstToken implements OnApplicationBootstrap {
  private readonly logger = new Logger(FirstToken.name);
  /** Over when the token was shown, or need not be. */
  shown: Promise<void> = Promise.resolve();

  constructor(
    private readonly tokens: TokensService,
    private readonly gate: StoreGate,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'log'>,
  ) {}

  onApplicationBootstrap(): void {
    this.shown = this.gate.opened
      .then(() => this.show())
      .catch((error: unknown) => {
        this.logger.error({ msg: 'no admin token could be made: restart the hub, or set HUB_ADMIN_TOKEN', err: error });
      });
  }

  private async show(): Promise<void> {
    const token = await this.tokens.bootstrap();
    if (token === undefined) return;
    createRevealingLogger(this.config.log).info({ adminToken: token }, 'first start: this admin token is shown once');
  }
}
