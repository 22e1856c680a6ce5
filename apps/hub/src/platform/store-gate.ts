import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { acceptRedis, type RedisFacts } from './core/acceptance';
import { StateRedis } from './redis';

/** Redis answers, but must not be the store of record; the message holds every remedy. */
export class StoreRefused extends Error {}

const RETRY_MS = 50;
/** A server that comes up together with the hub is no news. */
const SAY_SO_AFTER = 20;
const LOOK_AGAIN_MS = 10_000;

/** `waiting`: Redis does not answer (yet, or any more). `refused`: it answers and must not be used. */
export type StoreState = Readonly<{ state: 'waiting' | 'open' | 'refused'; problems: readonly string[] }>;

/**
 * Says whether the store may be used. Opens once, when Redis answered and was found acceptable; from then on
 * `state()` follows the connection. What needs Redis to start waits for `opened`.
 */
@Injectable()
export class StoreGate implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(StoreGate.name);
  private readonly stopped = new AbortController();
  private problems: readonly string[] = [];
  private accepted = false;
  private refusal = '';
  private open: () => void = () => undefined;
  private refuse: (why: StoreRefused) => void = () => undefined;

  /** Settles once: resolved when the store may be used, rejected with `StoreRefused` when it must not. */
  readonly opened = new Promise<void>((resolve, reject) => {
    this.open = resolve;
    this.refuse = reject;
  });

  constructor(private readonly redis: StateRedis) {
    this.opened.catch(() => undefined); // those who wait see it; nobody waiting is no fault
  }

  state(): StoreState {
    if (this.problems.length > 0) return { state: 'refused', problems: this.problems };
    const answers = this.accepted && this.redis.status === 'ready';
    return { state: answers ? 'open' : 'waiting', problems: [] };
  }

  onApplicationBootstrap(): void {
    void this.watch();
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  /** Looks until Redis answers, then now and again: a setting may be changed under a running hub. */
  private async watch(): Promise<void> {
    let failures = 0;
    while (!this.stopped.signal.aborted) {
      const facts = await readFacts(this.redis).catch(() => undefined);
      failures = facts ? 0 : failures + 1;
      if (facts) this.judge(facts);
      if (facts) this.tellRefusal();
      if (failures === SAY_SO_AFTER) this.logger.warn(`Redis does not answer: waiting for it (${this.redis.trouble})`);
      const wait = facts ? LOOK_AGAIN_MS : RETRY_MS;
      await pause(wait, undefined, { signal: this.stopped.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Redis answers and writes nothing, as one that is full does: said once, and again when it is over. */
  private tellRefusal(): void {
    const { refusal } = this.redis;
    const changed = (refusal === '') !== (this.refusal === '');
    this.refusal = refusal;
    if (!changed) return;
    if (refusal !== '') this.logger.error(`${refusal}: nothing starts until it does`);
    else this.logger.log('Redis does again what the hub asks');
  }

  private judge(facts: RedisFacts): void {
    const { problems, warnings } = acceptRedis(facts);
    const changed = problems.join() !== this.problems.join();
    this.problems = problems;
    if (changed) for (const problem of problems) this.logger.error(problem);
    if (problems.length > 0) {
      if (!this.accepted) this.refuse(new StoreRefused(problems.join('\n')));
      return;
    }
    if (this.accepted) return;
    for (const warning of warnings) this.logger.warn(warning);
    this.accepted = true;
    this.redis.accepted = true;
    this.open();
  }
}

async function readFacts(redis: StateRedis): Promise<RedisFacts> {
  const info = parseInfo(await redis.info());
  const [policy, appendonly] = await Promise.all([setting(redis, 'maxmemory-policy'), setting(redis, 'appendonly')]);
  return {
    version: info.get('redis_version') ?? '0',
    role: info.get('role') ?? 'unknown',
    evictionPolicy: policy ?? info.get('maxmemory_policy') ?? null,
    appendonly: appendonly ?? (info.get('aof_enabled') === '1' ? 'yes' : null),
    clustered: info.get('cluster_enabled') === '1',
    clusterExpected: redis.kind === 'cluster',
  };
}

/** Managed services forbid CONFIG. */
async function setting(redis: StateRedis, name: string): Promise<string | undefined> {
  try {
    const reply: unknown = await redis.config('GET', name);
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

const parseInfo = (text: string): ReadonlyMap<string, string> =>
  new Map(text.split('\r\n').flatMap((line) => (line.includes(':') ? [split(line)] : [])));
const split = (line: string): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)];
