import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import type { RolloutVerb } from '@app/contracts/phases';
import { Dispatcher } from '../dispatch/dispatcher';
import type { Due } from '../platform/core/due';
import { Lanes } from '../platform/lanes';
import type { Rollout, RolloutEvent, Why } from './core/model';
import { allowedVerbs, resumeRefusal, skipRefusal } from './core/verbs';
import { RolloutPorts } from './rollout-ports';
import { RolloutContended, RolloutUnknown, VerbRefused } from './rollout-errors';
import { type Asked, RolloutMover } from './rollout-mover';
import type { Actor } from './rollout-writes';
import { RolloutStore, type Stored } from './rollout.store';

/** What a verb needs besides its name. */
export type VerbArguments = Readonly<{
  acceptFailures?: boolean;
  wave?: string | null;
  cluster?: string | null;
  /** The plan that the caller has seen; the rollout must still carry it. */
  planHash?: string;
}>;

/** Verbs that move the rollout itself; `replan` makes another one. */
export type MovingVerb = Exclude<RolloutVerb, 'replan'>;

type AskedOnce = Asked &
  Readonly<{
    /** Looks at the rollout as it is when it is to be done: false when it is done already. */
    stillToDo: (stored: Stored) => boolean;
  }>;

/** Something that several people may decide at the same time; each of them counts. */
export type PersonsDecision = Readonly<{
  by: Actor;
  action: string;
  subject: string;
  /** False: it is so already. @throws whatever is to reach the person. */
  stillToDo: (rollout: Rollout) => boolean;
}>;

const TRIES = 12;
const UNREADABLE_MS = 30_000;

/** The one place where a rollout moves: load, step, one atomic write, then the effects. */
@Injectable()
export class RolloutService {
  private readonly lanes = new Lanes();
  /** Events by rollout, in the order in which they came. */
  private readonly inbox = new Map<string, RolloutEvent[]>();

  constructor(
    private readonly store: RolloutStore,
    private readonly mover: RolloutMover,
    private readonly dispatcher: Dispatcher,
    private readonly ports: RolloutPorts,
  ) {}

  /**
   * Lets the rollout take in what happened. Repeats and what does not fit change nothing.
   * @throws RolloutUnknown, RolloutUnreadable, RolloutContended, StoreUnavailable
   */
  handle(id: string, event: RolloutEvent): Promise<Rollout> {
    const waiting = this.inbox.get(id) ?? [];
    waiting.push(event);
    this.inbox.set(id, waiting);
    return this.lanes.shared(id, () => this.move(id, this.taken(id), null));
  }

  /** Looks at the rollout now. */
  wake(id: string): Promise<Rollout> {
    return this.handle(id, { type: 'woken', at: this.ports.clock.now() });
  }

  /** A permit for the cluster may not have been sent. @throws RolloutUnreadable, StoreUnavailable */
  async sendAgain(id: string, cluster: string): Promise<void> {
    await this.dispatcher.ring(id, cluster, (await this.store.load(id))?.rollout);
  }

  /** For what concerns a rollout that can not be read: it is looked at again in a while. */
  putOff(due: Due): Promise<void> {
    return this.store.wakeAt(due, this.ports.clock.now() + UNREADABLE_MS);
  }

  /** A rollout that is gone needs no timer. */
  forget(id: string): Promise<void> {
    return this.store.forgetTimer(id);
  }

  /**
   * Does what a person asks for. Of two verbs that were asked for at the same time one wins.
   * @throws VerbRefused with the phase and what would be allowed in it; else as `handle`.
   */
  async verb(id: string, verb: MovingVerb, by: Actor, args: VerbArguments = {}): Promise<Rollout> {
    const seen = await this.store.load(id);
    if (!seen) throw new RolloutUnknown(id);
    const event = eventOf(verb, by, args, this.ports.clock.now());
    const stillToDo = (stored: Stored): boolean => {
      checkVerb(stored.rollout, verb, args);
      checkTurn(stored, seen.verbs);
      return true;
    };
    const asked = { by, action: `rollout.${verb}`, subject: null, isVerb: true, stillToDo };
    return this.lanes.run(id, () => this.move(id, [event], asked));
  }

  /** Takes in what a person decided, if it is still to be done. @throws as `handle`, and what `stillToDo` throws */
  decide(id: string, event: RolloutEvent, { stillToDo, ...asked }: PersonsDecision): Promise<Rollout> {
    const check = ({ rollout }: Stored): boolean => stillToDo(rollout);
    return this.lanes.run(id, () => this.move(id, [event], { ...asked, isVerb: false, stillToDo: check }));
  }

  /** What came in while the rollout was busy is taken in with one look and one write. */
  private taken(id: string): readonly RolloutEvent[] {
    const events = this.inbox.get(id) ?? [];
    this.inbox.delete(id);
    return events;
  }

  private async move(id: string, events: readonly RolloutEvent[], asked: AskedOnce | null): Promise<Rollout> {
    const at = Math.max(...events.map((event) => event.at));
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const stored = await this.store.load(id);
      if (!stored) throw new RolloutUnknown(id);
      if (asked?.stillToDo(stored) === false) return stored.rollout;
      const next = await this.mover.move({ stored, events, at, asked });
      if (next !== null) {
        await this.dispatcher.run(next.rollout, next.effects);
        return next.rollout;
      }
      this.ports.metrics.transitionConflicts();
      await pause(Math.random() * 10 * attempt);
    }
    throw new RolloutContended(id);
  }
}

/** Whoever asked at the same time and was first has changed what this verb was asked about. */
function checkTurn(stored: Stored, verbsBefore: number): void {
  if (stored.verbs === verbsBefore) return;
  const { phase } = stored.rollout;
  throw new VerbRefused(
    phase,
    allowedVerbs(stored.rollout),
    'Raced',
    `another verb was first; the rollout is ${phase} now`,
  );
}

const forbids = ({ phase, reason }: Rollout, verb: MovingVerb): string =>
  verb === 'retry' && phase === 'Halted'
    ? `the rollout halted on ${reason}, and nothing failed that could be tried again`
    : `a rollout that is ${phase} can not be asked to ${verb}`;

function checkVerb(rollout: Rollout, verb: MovingVerb, args: VerbArguments): void {
  const { phase } = rollout;
  const allowed = allowedVerbs(rollout);
  const refuse = (reason: string, message: string): never => {
    throw new VerbRefused(phase, allowed, reason, message);
  };
  if (!allowed.includes(verb)) refuse('PhaseForbids', forbids(rollout, verb));
  if (verb === 'start' && rollout.spec.start === 'planHash' && args.planHash === undefined) {
    refuse('PlanHashRequired', 'the policy has only plans started that somebody has seen: give the planHash');
  }
  if (args.planHash !== undefined && args.planHash !== rollout.planHash) {
    refuse('PLAN_CHANGED', 'the plan is not the one that you have seen: look at it again');
  }
  const why = refusalOf(rollout, verb, args);
  if (why) refuse(why.reason, why.message);
}

/** Why the verb can do nothing although the phase allows it. */
function refusalOf(rollout: Rollout, verb: MovingVerb, args: VerbArguments): Why | null {
  if (verb === 'skip') return skipRefusal(rollout, { wave: args.wave ?? null, cluster: args.cluster ?? null });
  return verb === 'resume' ? resumeRefusal(rollout, args.acceptFailures ?? false) : null;
}

function eventOf(verb: MovingVerb, { actor, why }: Actor, args: VerbArguments, at: number): RolloutEvent {
  const by = { at, actor, why };
  switch (verb) {
    case 'start':
      return { type: 'started', ...by };
    case 'pause':
      return { type: 'paused', ...by };
    case 'resume':
      return { type: 'resumed', acceptFailures: args.acceptFailures ?? false, ...by };
    case 'cancel':
      return { type: 'cancelled', ...by };
    case 'retry':
      return { type: 'retried', ...by };
    case 'skip':
      return { type: 'skipped', wave: args.wave ?? null, cluster: args.cluster ?? null, ...by };
  }
}
