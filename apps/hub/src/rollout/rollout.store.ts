import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { objectKey } from '@app/contracts/objects';
import { isTerminalRollout } from '@app/contracts/phases';
import { type Due, dueMember } from '../platform/core/due';
import { type AdmitKeys, admitText } from '../limits/core/admit';
import { LimitClock } from '../limits/limit-clock';
import { Keys } from '../platform/keys';
import { UNDRAWN } from '../platform/core/lineage';
import { StateRedis } from '../platform/redis';
import { eventWrite, type HubEvent } from '../notify/hub-events';
import { broughtBy, subjectOf } from './core/cause';
import type { Rollout, Target } from './core/model';
import { COMMIT } from './rollout.scripts';
import { type Transition, type Write, writesFor } from './rollout-writes';
import { RolloutUnreadable, StartsRefused } from './rollout-errors';
import { rolloutFrom } from './core/stored-rollout';
import { targetField, targetFrom } from './core/stored-target';
import { UnreadableRollouts } from './unreadable-rollouts';

/** A rollout with the version at which it was read. */
export type Stored = Readonly<{
  rollout: Rollout;
  version: number;
  /** Verbs of people that were carried out so far. */ verbs: number;
}>;

/** A transition of what was read; `from` null makes a new rollout. */
export type Move = Readonly<{ from: Stored | null; transition: Transition; verb: boolean }>;

/** A key that must still hold this value; empty: must not exist. */
export type Guard = Readonly<{ key: string; value: string }>;

/** What makes a rollout: its first move, and the last one of that which it replaces. */
export type Creation = Readonly<{ moves: readonly Move[]; guards: readonly Guard[]; also: readonly Write[] }>;

/** A write under way. */
export type Writing = Readonly<{ op: string; moves: readonly Move[]; text: string }>;

/** Rollouts kept in memory; those that go on are few. */
const REMEMBERED = 200;
const NOTED_SECONDS = 86_400;
const DENIED = 'DENIED';

export type OpenTarget = Readonly<{ id: string; target: Target }>;

/** Keeps rollouts. Every write names the version it was decided on; whoever comes second decides anew. */
@Injectable()
export class RolloutStore {
  /** Rollouts as this process read or wrote them last; good as long as that write is the store's last, too. */
  private readonly recent = new Map<string, Readonly<{ op: string; stored: Stored }>>();

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly limits: LimitClock,
    readonly unreadable: UnreadableRollouts,
  ) {}

  /** @throws RolloutUnreadable */
  async load(id: string): Promise<Stored | undefined> {
    const key = this.keys.run(id);
    const known = this.recent.get(id);
    const [op, verbs] = known ? await this.redis.hmget(key, 'lastOp', 'verbs') : [];
    if (known && op === known.op) return { ...known.stored, verbs: Number(verbs ?? 0) };
    const hash = await this.redis.hgetall(key);
    return this.remember(
      id,
      hash.lastOp ?? '',
      this.read(id, () => storedFrom(hash)),
    );
  }

  /** Whether this process knows of a rollout under way that carries changes of the source. */
  carries(source: string): boolean {
    return [...this.recent.values()].some(({ stored }) => subjectOf(stored.rollout.cause) === source);
  }

  private remember(id: string, op: string, stored: Stored | undefined): Stored | undefined {
    this.recent.delete(id);
    const oldest = this.recent.keys().next().value;
    if (this.recent.size >= REMEMBERED && oldest !== undefined) this.recent.delete(oldest);
    if (stored && !isTerminalRollout(stored.rollout.phase)) this.recent.set(id, { op, stored });
    return stored;
  }

  /** What this process could not read is told and counted, whoever asked for it. */
  private read<T>(id: string, reading: () => T): T {
    try {
      const read = reading();
      this.unreadable.remove(id);
      return read;
    } catch (error) {
      this.recent.delete(id);
      const unreadable = new RolloutUnreadable(id, error instanceof Error ? error.message : String(error));
      this.unreadable.add(unreadable);
      throw unreadable;
    }
  }

  /** In the order of `ids`; what is gone, or can not be read, is left out. */
  async loadMany(ids: readonly string[]): Promise<readonly Stored[]> {
    const loaded = await Promise.all(ids.map((id) => this.load(id).catch(unlessUnreadable)));
    return loaded.filter((item) => item !== undefined);
  }

  /** The rollout that carries the source's changes under the policy now. @throws RolloutUnreadable */
  async active(policy: string, source: string): Promise<Stored | undefined> {
    const key = this.keys.active(policy, source);
    const id = await this.redis.get(key);
    if (id === null) return undefined;
    const stored = await this.load(id);
    if (!stored) await this.commit([], [], [['DELIF', key, id]]); // it would stand in the way of every other
    return stored;
  }

  /** Whether this was not noted last time; so that what goes on and on is told once. */
  async noteNew(subject: string, state: string): Promise<boolean> {
    const before = await this.redis.set(this.keys.noted(subject), state, 'EX', NOTED_SECONDS, 'GET');
    return before !== state;
  }

  /** Appends an event that no rollout's own step brings along. */
  async tell(event: HubEvent): Promise<void> {
    await this.commit([], [], [eventWrite(this.keys, event)]);
  }

  /**
   * Writes one or more rollouts, their timers, marks, events and audit in one atomic step.
   * False: something was written in between, nothing of this was, and it has to be decided anew.
   * @throws StartsRefused when not everything may begin that would; nothing was written then, either.
   */
  async commit(moves: readonly Move[], guards: readonly Guard[] = [], also: readonly Write[] = []): Promise<boolean> {
    return (await this.create({ moves, guards, also })) !== null;
  }

  /** As `commit`. @returns the moves as they were stored, a new rollout with its lineage; null for false. */
  async create(creation: Creation): Promise<readonly Move[] | null> {
    const writing = this.writing(creation);
    return this.written(writing, await this.redis.run(COMMIT, [this.keys.due()], [writing.text]));
  }

  /** What the script that writes rollouts is called with; `written` has to see its reply. */
  writing({ moves, guards, also }: Creation, more: Readonly<{ expects?: readonly string[] }> = {}): Writing {
    const op = randomUUID();
    const writes = moves.flatMap(({ transition, verb }) => [
      ...writesFor(this.keys, transition),
      ...(verb ? [['HINCRBY', this.keys.run(transition.after.id), 'verbs', '1']] : []),
    ]);
    const text = JSON.stringify({
      checks: moves.map(({ from, transition }) => [this.keys.run(transition.after.id), from?.version ?? 0, op]),
      guards: guards.map(({ key, value }) => [key, value]),
      writes: [...writes, ...also],
      ...more,
      ...this.limited(moves, writes),
      ...(moves.some(isUndrawn) && { draws: this.keys.lineage() }),
    });
    return { op, moves, text };
  }

  /** null: nothing was written. */
  written({ op, moves }: Writing, reply: unknown): readonly Move[] | null {
    if (reply === 'CONFLICT') return null;
    const denied = typeof reply === 'string' && reply.startsWith(DENIED) ? reply.slice(DENIED.length) : null;
    if (denied !== null)
      throw new StartsRefused(
        denied,
        moves.flatMap(({ transition }) => transition.starts?.asks ?? []),
      );
    const stored = moves.map((move) => (isUndrawn(move) ? drawn(move, Number(reply)) : move));
    for (const move of stored) this.remember(move.transition.after.id, op, nextOf(move));
    return stored;
  }

  /** What has to be asked, or noted, about limits; nothing where no restart begins, goes on or ends. */
  private limited(moves: readonly Move[], writes: readonly Write[]): Readonly<Record<string, unknown>> {
    const starts = moves.flatMap(({ transition }) => transition.starts ?? []);
    const acting = starts.filter(({ asks, frees }) => asks.length > 0 || frees.length > 0);
    if (acting.length === 0 && !writes.some(([name]) => name === 'RAN')) return {};
    const admits = acting.map((each) => admitText(each, this.admitKeys()));
    return { rates: this.keys.rates(), most: this.limits.most(), admits };
  }

  private admitKeys(): AdmitKeys {
    const { keys } = this;
    return {
      ...{ rates: keys.rates(), seen: keys.askedLast(), line: keys.lines(), locks: keys.locks() },
      ...{ locked: keys.locked(), ran: keys.ran(), active: keys.activeRuns(), due: keys.due() },
    };
  }

  /** When something that is due is looked at next; for a look that changed nothing. */
  async wakeAt(due: Due, at: number): Promise<void> {
    await this.redis.zadd(this.keys.due(), at, dueMember(due));
  }

  /** Ends the timer of a rollout that is not there any more. */
  async forgetTimer(id: string): Promise<void> {
    await this.redis.zrem(this.keys.due(), dueMember({ type: 'rollout', id }));
    await this.redis.srem(this.keys.activeRuns(), id);
  }

  /** Rollouts that still owe the cluster something, as far as they can be read. */
  async openIn(cluster: string): Promise<readonly OpenTarget[]> {
    const ids = (await this.redis.smembers(this.keys.open(cluster))).sort();
    const texts = await Promise.all(ids.map((id) => this.redis.hget(this.keys.run(id), targetField(cluster))));
    return ids.flatMap((id, at) => {
      const text = texts[at];
      if (!text) return [];
      try {
        return [{ id, target: this.read(id, () => targetFrom(cluster, text)) }];
      } catch (error) {
        return unlessUnreadable(error) ?? [];
      }
    });
  }

  /** A rollout that is over no longer answers for what it deferred in this cluster: the change counts as new again. */
  async release({ id, cause }: Rollout, target: Target): Promise<void> {
    const { cluster, restarts, expected } = target;
    const marked = [...broughtBy(cause, expected ?? '')].flatMap(([source, revision]) =>
      restarts.map(({ workload }) => ({ field: `${objectKey(workload)}|${source}`, mark: `${revision}|${id}` })),
    );
    const fields = marked.map(({ field }) => field);
    const marks = fields.length === 0 ? [] : await this.redis.hmget(this.keys.settled(cluster), ...fields);
    const own = fields.filter((_, at) => marks[at] === marked[at]?.mark);
    if (own.length > 0) await this.redis.hdel(this.keys.settled(cluster), ...own);
    await this.redis.srem(this.keys.open(cluster), id);
  }
}

const isUndrawn = ({ transition }: Move): boolean => transition.after.lineage === UNDRAWN;

const drawn = (move: Move, lineage: number): Move => ({
  ...move,
  transition: { ...move.transition, after: { ...move.transition.after, lineage } },
});

const nextOf = ({ from, transition, verb }: Move): Stored => ({
  rollout: transition.after,
  version: (from?.version ?? 0) + 1,
  verbs: (from?.verbs ?? 0) + (verb ? 1 : 0),
});

/** For those who go through many. */
function unlessUnreadable(error: unknown): undefined {
  if (!(error instanceof RolloutUnreadable)) throw error;
}

/** @throws Error when it can not be read. */
function storedFrom(hash: Readonly<Record<string, string>>): Stored | undefined {
  const rollout = rolloutFrom(hash);
  return rollout && { rollout, version: Number(hash.ver), verbs: Number(hash.verbs ?? 0) };
}
