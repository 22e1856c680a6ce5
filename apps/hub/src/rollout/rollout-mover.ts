import { Injectable } from '@nestjs/common';
import { isTerminalRollout } from '@app/contracts/phases';
import { Dispatcher } from '../dispatch/dispatcher';
import type { FleetNow } from './core/fleet-now';
import type { Rollout, RolloutEvent, Step } from './core/model';
import { onClock } from './core/clock-moves';
import { changedTargets } from './core/effects';
import { concernedBy, isNews, outcomesIn, stepNews } from './core/news';
import { startsOf } from './core/starts';
import { noteAll, stepAll } from './core/step-all';
import { FleetFacts } from './fleet-facts';
import { StartsRefused } from './rollout-errors';
import { RolloutPorts } from './rollout-ports';
import type { Actor, Transition } from './rollout-writes';
import { RolloutStore, type Stored } from './rollout.store';
import { refusalsIn, withinLimits } from './within-limits';

/** What a person asks for, and how the audit names it. */
export type Asked = Readonly<{
  by: Actor;
  action: string;
  /** null: the rollout itself. */
  subject: string | null;
  /** Of two verbs asked for at the same time one wins. */
  isVerb: boolean;
}>;

/** What a stored rollout is to take in; `asked` null: nobody asked for it. */
export type Move = Readonly<{ stored: Stored; events: readonly RolloutEvent[]; at: number; asked: Asked | null }>;
/** `rollout` is the stored one with its timers on the clock as it is now. */
type Moment = Move & Readonly<{ rollout: Rollout }>;

/** Nothing can begin on it. */
const NOTHING_KNOWN: FleetNow = { clusters: {} };

/** One step of a rollout: facts, decision, and the one atomic write of what was decided. */
@Injectable()
export class RolloutMover {
  /** Until when nothing happens by time alone to a state that this process has looked at as a whole. */
  private readonly looks = new WeakMap<Rollout, number>();

  constructor(
    private readonly store: RolloutStore,
    private readonly fleet: FleetFacts,
    private readonly dispatcher: Dispatcher,
    private readonly ports: RolloutPorts,
  ) {}

  /**
   * While the clock is in doubt what happens is noted, and nothing is decided; afterwards timers move along with it.
   * @returns null when somebody else has written meanwhile.
   */
  async move(move: Move): Promise<Step | null> {
    const { clock } = this.ports;
    const { stored, events, at } = move;
    if (clock.guarded()) return this.save(move, noteAll(stored.rollout, events), NOTHING_KNOWN);
    const moment = { ...move, rollout: onClock(stored.rollout, clock.moves()) };
    const { rollout } = moment;
    const swift = await this.swiftly(moment);
    if (swift !== undefined) return swift;
    const joiners = events.flatMap((event) => (event.type === 'joined' ? event.targets : []));
    const [fleet] = await Promise.all([this.fleet.of(rollout, at, joiners), this.dispatcher.prepare()]);
    return withinLimits(fleet, at, (known) => {
      for (const reason of refusalsIn(known)) this.ports.metrics.startsLimited(reason);
      return this.write(moment, stepAll(rollout, events, known), known);
    });
  }

  /** News of a few targets is taken in by looking at those. Undefined: the whole rollout has to be looked at. */
  private async swiftly(moment: Moment): Promise<Step | null | undefined> {
    const { rollout, events, at } = moment;
    const lookAgain = this.looks.get(rollout);
    if (lookAgain === undefined || !events.every(isNews)) return undefined;
    const concerned = concernedBy(rollout, events);
    const [fleet] = await Promise.all([this.fleet.ofSome(rollout, at, concerned), this.dispatcher.prepare()]);
    const step = stepNews(rollout, events, fleet, lookAgain);
    if (step === null) return undefined;
    try {
      return await this.write(moment, step, fleet);
    } catch (error) {
      if (error instanceof StartsRefused) return undefined;
      throw error;
    }
  }

  private async write(moment: Moment, step: Step, fleet: FleetNow): Promise<Step | null> {
    const { stored, rollout } = moment;
    const isOnTime = rollout === stored.rollout;
    const next = isOnTime ? step : { ...step, changed: changedTargets(stored.rollout, step.rollout) };
    if (next.wakeAt !== null) this.looks.set(next.rollout, next.wakeAt);
    return this.save(moment, next, fleet);
  }

  private async save(move: Move, next: Step, fleet: FleetNow): Promise<Step | null> {
    const { stored, at, asked } = move;
    const { rollout, changed, effects, wakeAt } = next;
    if (rollout === stored.rollout && asked === null) {
      if (wakeAt !== null) await this.store.wakeAt({ type: 'rollout', id: rollout.id }, wakeAt);
      this.nudge(wakeAt);
      return next;
    }
    const passage = { before: stored.rollout, after: rollout, changed };
    const starts = startsOf(passage, fleet);
    const transition: Transition = { ...passage, effects, starts, wakeAt, at, ...askedOf(asked) };
    const saved = await this.store.commit([{ from: stored, transition, verb: asked?.isVerb ?? false }]);
    if (saved) this.count(move, rollout);
    this.nudge(starts.frees.length > 0 ? 0 : wakeAt);
    return saved ? next : null;
  }

  private count({ stored, events }: Move, after: Rollout): void {
    for (const outcome of outcomesIn(stored.rollout, events)) this.ports.metrics.restartsReported(outcome);
    if (hasEnded(stored.rollout, after)) this.ports.metrics.rolloutsFinished(after.phase);
  }

  /** What others waited for is looked at as soon as it may be. */
  private nudge(wakeAt: number | null): void {
    if (wakeAt !== null) this.ports.nudge.soon(wakeAt - this.ports.clock.now());
  }
}

const askedOf = (asked: Asked | null): Pick<Transition, 'by' | 'action' | 'subject'> =>
  asked === null ? { by: null, action: null } : { by: asked.by, action: asked.action, subject: asked.subject };

const hasEnded = (before: Rollout, after: Rollout): boolean =>
  isTerminalRollout(after.phase) && !isTerminalRollout(before.phase);
