import { CONNECT_TOKEN_SECONDS } from '@app/contracts/wire/enrolment';
import { Injectable } from '@nestjs/common';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';

/** Twice the life of a token, so that none outlives the memory of its use. */
const REMEMBERED_MS = 2 * CONNECT_TOKEN_SECONDS * 1000;

/** Remembers which connect tokens were used, for all replicas. */
@Injectable()
export class ReplayGuard {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** @param tokenId the `jti`: unique per cluster, chosen by its agent. */
  async firstUse(cluster: string, tokenId: string): Promise<boolean> {
    const key = this.keys.usedConnectToken(cluster, tokenId);
    return (await this.redis.set(key, '1', 'PX', REMEMBERED_MS, 'NX')) === 'OK';
  }
}
