import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { ConnectionOptions } from 'bullmq';
import type { HubConfig } from '../config/hub-config';
import type { RedisConfig, RedisTopology } from '../config/redis-config';
import { hashTag } from './keys';
import type { LuaScript } from './scripts';
import { type Credentials, slotConnector } from './slot-connector';

/**
 * Redis did not answer, or refuses for now what it is asked. Nothing is known about whether the command took effect;
 * asking again is safe everywhere.
 */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super(isRefusal(cause) ? `Redis refuses what the hub asks: ${textOf(cause)}` : 'Redis does not answer', { cause });
  }
}

/** A server that is full, can not write its file, has too few replicas, took the password away or runs a long script. */
const REFUSAL = /^(OOM|MISCONF|NOREPLICAS|NOAUTH|BUSY|READONLY)\b/;

/** Without the full stop, and without which script it was. */
const textOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.?( script: .*)?$/, '') : '';

/** Whether it is an answer of Redis by which it refuses for now what it is asked. */
export const isRefusal = (error: unknown): boolean => error instanceof Error && REFUSAL.test(error.message);

/** A reply that the server gave. Anything else that fails is the connection to it. */
const isServerReply = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === 'ReplyError' &&
  !isRefusal(error) &&
  !/^(LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN)\b/.test(error.message);

const UNAVAILABLE = 'unavailable';
const NOTED_EVERY_MS = 1_000;
/** Longer than any replica goes without a write: its sessions are written down every ten seconds. */
const REFUSAL_COUNTS_MS = 15_000;

export type RedisSettings = Pick<HubConfig, 'redis' | 'prefix'>;

/**
 * The connection for state. Fails fast instead of queueing while Redis is away.
 * Every method rejects with `StoreUnavailable` when Redis does not answer, and with ioredis' `ReplyError` when it refuses.
 */
@Injectable()
export class StateRedis extends Redis implements OnApplicationShutdown {
  /** Whether the configuration names a single server, sentinels or a cluster. */
  readonly kind: RedisTopology['kind'];

  /** What was wrong with the connection the last time; empty when nothing ever was. */
  trouble = '';

  /** Set once it was found that it may be used. */
  accepted = false;

  private hadStore = false;
  private notedAt = -Infinity;
  private refused: Readonly<{ why: string; at: number }> | null = null;

  /** Holds back what is written to it until the end of this turn. */
  private gathering: Socket | null = null;

  constructor(config: RedisSettings) {
    super(stateOptions(config));
    this.kind = config.redis.topology.kind;
    // What may be a replica for good is looked at in peace first: nobody else would lead elsewhere.
    if (this.kind === 'single') this.options.reconnectOnError = (error) => this.accepted && isNoPrimary(error);
    this.on('error', (error) => (this.trouble = error.message)); // the store gate reports it
    this.once('ready', () => (this.hadStore = true));
    void this.connect().catch(() => undefined); // the retry strategy goes on by itself
  }

  /** One script is one atomic transition; it is sent whole once per connection and by its digest after that. */
  async run(script: LuaScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const defined: unknown = Reflect.get(this, script.name);
    if (typeof defined !== 'function') this.defineCommand(script.name, { lua: script.lua });
    const call: unknown = Reflect.get(this, script.name);
    if (typeof call !== 'function') throw new Error(`script ${script.name} is not defined`);
    return call.call(this, keys.length, ...keys, ...args) as Promise<unknown>;
  }

  /** Why it refused something a moment ago, though it answers; empty: it did not. */
  get refusal(): string {
    const { refused } = this;
    return refused !== null && performance.now() - refused.at < REFUSAL_COUNTS_MS ? refused.why : '';
  }

  /** Called when something that was asked could not be had, once a second at most; from the first connection on. The store may be there at the next question. */
  onUnavailable(listener: () => void): void {
    this.on(UNAVAILABLE, listener);
  }

  /** Translates at the source, so that replies inside pipelines carry the same error. */
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const { reject } = command;
    command.reject = (error) => reject(this.noted(translated(error)));
    this.gather();
    return super.sendCommand(command, stream);
  }

  private noted(error: Error): Error {
    if (!(error instanceof StoreUnavailable)) return error;
    if (isRefusal(error.cause)) this.refused = { why: error.message, at: performance.now() };
    if (!this.hadStore || performance.now() - this.notedAt < NOTED_EVERY_MS) return error;
    this.notedAt = performance.now();
    this.emit(UNAVAILABLE);
    return error;
  }

  /** Commands of one turn leave in one write: each write of its own costs more than the command. */
  private gather(): void {
    const { stream: socket } = this;
    if (!(socket instanceof Socket) || this.gathering === socket) return;
    this.gathering = socket;
    socket.cork();
    process.nextTick(() => {
      this.gathering = null;
      socket.uncork();
    });
  }

  onApplicationShutdown(): void {
    this.disconnect();
  }
}

const translated = (error: Error): Error =>
  isServerReply(error) || error instanceof StoreUnavailable ? error : new StoreUnavailable(error);

/** Connections that block or listen, BullMQ's and ours: these wait for Redis as long as it takes. */
@Injectable()
export class BullConnection {
  constructor(private readonly config: RedisSettings) {}

  options(): ConnectionOptions {
    return { ...connectionOptions(this.config), maxRetriesPerRequest: null };
  }

  /** A connection of its own, made at its first command. It is silent about errors: it reconnects and goes on by itself. */
  open(more: Pick<RedisOptions, 'socketTimeout'> = {}): Redis {
    const options: RedisOptions & { replyMapping: 'legacy' } = {
      ...connectionOptions(this.config),
      maxRetriesPerRequest: null,
      replyMapping: 'legacy',
      lazyConnect: true,
      ...more,
    };
    const redis = new Redis(options);
    redis.on('error', () => undefined);
    return redis;
  }
}

const stateOptions = (config: RedisSettings): RedisOptions & { replyMapping: 'legacy' } => ({
  ...connectionOptions(config),
  replyMapping: 'legacy',
  maxRetriesPerRequest: 1,
  commandTimeout: 5000,
  enableOfflineQueue: false,
  lazyConnect: true,
});

function connectionOptions({ redis, prefix }: RedisSettings) {
  return {
    ...address(redis, prefix),
    ...credentials(redis),
    db: redis.db,
    retryStrategy,
    reconnectOnError: redis.topology.kind === 'cluster' ? hasMoved : isNoPrimary,
  };
}

function credentials({ username, password, tls }: RedisConfig): Credentials {
  return {
    ...(username !== null && { username }),
    ...(password !== null && { password: password.reveal() }),
    ...(tls !== null && { tls: tlsOptions(tls) }),
  };
}

const tlsOptions = ({ ca }: NonNullable<RedisConfig['tls']>): { ca?: string } => (ca === null ? {} : { ca });

function address(redis: RedisConfig, prefix: string) {
  const { topology } = redis;
  switch (topology.kind) {
    case 'single':
      return { host: topology.host, port: topology.port };
    case 'sentinel':
      return {
        sentinels: topology.sentinels.map((node) => ({ ...node })),
        name: topology.name,
        ...(topology.username !== null && { sentinelUsername: topology.username }),
        ...(topology.password !== null && { sentinelPassword: topology.password.reveal() }),
        ...(redis.tls !== null && { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(redis.tls) }),
      };
    case 'cluster':
      return { Connector: slotConnector(topology.nodes, hashTag(prefix), credentials(redis)) };
  }
}

/** After a failover the old primary refuses what it was sent: connect anew, and send the command again (2). */
const isNoPrimary = (error: Error): 2 | false => (/^READONLY\b/.test(error.message) ? 2 : false);

/**
 * So does the server that a slot has left; the next connection finds the one that has it. Whoever was given one server of a
 * cluster as if it was all would come to the same one again and again, too busy with that to see that it is refused.
 */
const hasMoved = (error: Error): 2 | false => (/^MOVED\b/.test(error.message) ? 2 : isNoPrimary(error));

/** Long enough to spare a server that starts, short enough to be back at once: at most 1 s and a jitter. */
const retryStrategy = (tries: number): number => Math.min(100 * 2 ** Math.min(tries, 10), 1000) + Math.random() * 200;
