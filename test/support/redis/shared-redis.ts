import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { RedisServer } from './redis-server';

/** A Redis that REDIS_URL names. It is somebody's: we keep to a prefix of our own and leave the server alone. */
export class SharedRedis implements RedisServer {
  readonly dir = undefined;
  readonly origin = 'REDIS_URL';
  readonly prefix = `fr-${randomBytes(4).toString('hex')}`;
  readonly port: number;

  constructor(readonly url: string) {
    this.port = Number(new URL(url).port || 6379);
  }

  async stop(): Promise<void> {
    const client = new Redis(this.url);
    try {
      for await (const keys of client.scanStream({ match: `*${this.prefix}*`, count: 1_000 })) {
        if (isListOfKeys(keys) && keys.length > 0) await client.unlink(keys);
      }
    } finally {
      client.disconnect();
    }
  }

  kill(): Promise<void> {
    return Promise.reject(this.refusal('killed'));
  }

  restart(): Promise<void> {
    return Promise.reject(this.refusal('restarted'));
  }

  private refusal(what: string): Error {
    return new Error(
      `the Redis of REDIS_URL is not ours to be ${what}: unset REDIS_URL, so that this spec gets a server of its own`,
    );
  }
}

function isListOfKeys(value: unknown): value is string[] {
  return Array.isArray(value);
}
