import { Redis } from 'ioredis';
import { setTimeout as passed } from 'node:timers/promises';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import type { Hub } from '@test/processes/start-hub';
import type { Program } from '@test/processes/program';
import type { Dice } from './dice';
import type { Wire } from './wire';

export type Site = Readonly<{ fleet: ProcessFleet; hubs: readonly Hub[]; wires: ReadonlyMap<string, Wire> }>;

/** What is broken, how, and how often one meets it beside others. */
const KINDS = [
  'hub killed',
  'hub killed',
  'hub frozen',
  'agent killed',
  'agent frozen',
  'wire cut',
  'wire cut',
  'Redis killed',
  'Redis paused',
  'queues lost',
] as const;
export type Kind = (typeof KINDS)[number];

const QUEUE_KEYS = '{fr}q:*';
/** Much at once, but never everything: somebody has to be left to be wrong. */
const MOST_AT_ONCE = 3;
const START_TRIES = 8;

/** Breaks things and brings each back on its own; whatever is broken already is left alone. */
export class Trouble {
  readonly ledger = new Map<Kind, number>();
  private readonly broken = new Map<string, Promise<void>>();
  private readonly failures: unknown[] = [];

  constructor(
    private readonly site: Site,
    private readonly dice: Dice,
  ) {}

  /** One more fault, once there is room for it. */
  async strike(): Promise<void> {
    for (;;) {
      if (this.failures.length > 0) throw this.failures[0];
      if (this.broken.size >= MOST_AT_ONCE) await Promise.race(this.broken.values());
      const kind = this.dice.pick(KINDS);
      const victim = this.victimOf(kind);
      if (this.broken.has(victim)) continue;
      this.begin(kind, victim);
      return;
    }
  }

  /** Everything is back. */
  async over(): Promise<void> {
    while (this.broken.size > 0) await Promise.all(this.broken.values());
    if (this.failures.length > 0) throw this.failures[0];
  }

  private begin(kind: Kind, victim: string): void {
    this.ledger.set(kind, (this.ledger.get(kind) ?? 0) + 1);
    const done = this.breakDown(kind, victim)
      .catch((error: unknown) => void this.failures.push(error))
      .finally(() => this.broken.delete(victim));
    this.broken.set(victim, done);
  }

  private victimOf(kind: Kind): string {
    const [what] = kind.split(' ');
    if (what === 'hub') return `hub ${this.dice.pick([...this.site.hubs.keys()])}`;
    if (what === 'agent' || what === 'wire') return `${what} ${this.dice.pick(this.site.fleet.names)}`;
    return 'Redis';
  }

  private breakDown(kind: Kind, victim: string): Promise<void> {
    const name = victim.slice(victim.indexOf(' ') + 1);
    const hub = this.site.hubs[Number(name)]?.program;
    switch (kind) {
      case 'hub killed':
        return killed(hub, this.dice.between(0, 1_500));
      case 'hub frozen':
        return frozen(hub, this.dice.between(300, 4_000));
      case 'agent killed':
        return killed(this.site.fleet.agent(name).program, this.dice.between(0, 1_500));
      case 'agent frozen':
        return frozen(this.site.fleet.agent(name).program, this.dice.between(300, 3_000));
      case 'wire cut':
        return cut(this.site.wires.get(name), this.dice.between(50, 2_000));
      case 'Redis killed':
        return this.redisKilled(this.dice.between(0, 1_500));
      case 'Redis paused':
        return this.redisPaused(this.dice.between(200, 2_000));
      case 'queues lost':
        return this.queuesLost();
    }
  }

  private async redisKilled(ms: number): Promise<void> {
    await this.site.fleet.killRedis();
    await passed(ms);
    await this.site.fleet.restartRedis();
  }

  private async redisPaused(ms: number): Promise<void> {
    await this.tell(async (redis) => redis.client('PAUSE', ms, 'ALL'));
    await passed(ms);
  }

  private queuesLost(): Promise<void> {
    return this.tell(async (redis) => {
      const keys = await redis.keys(QUEUE_KEYS);
      if (keys.length > 0) await redis.del(keys);
    });
  }

  private async tell(what: (redis: Redis) => Promise<unknown>): Promise<void> {
    const redis = new Redis(this.site.fleet.redis.url);
    await what(redis).finally(() => redis.disconnect());
  }
}

async function killed(program: Program | undefined, ms: number): Promise<void> {
  await program?.kill();
  await passed(ms);
  await revived(program);
}

/** What it needs may be broken too: whoever started it would try again. */
async function revived(program: Program | undefined): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await program?.restart();
    } catch (error) {
      if (tries === START_TRIES) throw error;
      await passed(500);
    }
  }
}

async function frozen(program: Program | undefined, ms: number): Promise<void> {
  if (program?.running !== true) return;
  process.kill(-program.pid, 'SIGSTOP');
  await passed(ms);
  process.kill(-program.pid, 'SIGCONT');
}

async function cut(wire: Wire | undefined, ms: number): Promise<void> {
  wire?.cut();
  await passed(ms);
  wire?.mend();
}
