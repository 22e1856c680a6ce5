import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { objectKey } from '@app/contracts/objects';
import { Dispatcher } from '../../dispatch/dispatcher';
import type { CandidateCluster, Plan, PlanRefusal } from '../../plan/core/model';
import { makePlan } from '../../plan/core/plan';
import { UNDRAWN } from '../../platform/core/lineage';
import { Keys } from '../../platform/keys';
import { isAsked, subjectOf } from '../../rollout/core/cause';
import { type ClockMoves, onClock } from '../../rollout/core/clock-moves';
import { changedTargets } from '../../rollout/core/effects';
import { newRollout, targetsIn } from '../../rollout/core/create';
import type { FleetNow } from '../../rollout/core/fleet-now';
import type { Cause, Instant, Rollout, Step, Target } from '../../rollout/core/model';
import { startsOf } from '../../rollout/core/starts';
import { namesText } from '../../rollout/core/state';
import { step } from '../../rollout/core/step';
import { FleetFacts } from '../../rollout/fleet-facts';
import { withinLimits } from '../../rollout/within-limits';
import { newRolloutId } from '../../rollout/rollout-id';
import type { Actor, Transition } from '../../rollout/rollout-writes';
import { type Creation, type Move, RolloutStore, type Stored } from '../../rollout/rollout.store';
import type { PolicyVersion } from '../../policy/policies.port';

type Origin = Readonly<{
  trigger: Cause['trigger'];
  by: Actor | null;
  /** A person had what it replaces planned anew; `draft`: and is to start it, too. */
  replan?: Readonly<{ draft: boolean }>;
}>;

/** A rollout about to be made. `replaces` is what the active pointer holds and is superseded. */
export type Start = Readonly<{
  policy: PolicyVersion;
  /** What is restarted, and why: a source, or workloads that a person named. */
  cause: Pick<Cause, 'source' | 'group' | 'asked'>;
  clusters: readonly CandidateCluster[];
  replaces: Stored | null;
  /** Rollouts in a row that were superseded before it; absent: none. */
  chain?: number;
  origin: Origin;
  at: Instant;
}>;

type Untaken = Pick<Start, 'policy' | 'cause' | 'clusters' | 'at'>;

/** `raced`: the state that the decision was made on has changed, decide anew. */
export type Outcome = Readonly<{ type: 'made'; rollout: Rollout } | { type: 'noTargets' } | { type: 'raced' }>;

/** Makes rollouts: plan, first step and everything that belongs to it in one atomic write. */
@Injectable()
export class RolloutStarter {
  constructor(
    private readonly store: RolloutStore,
    private readonly fleet: FleetFacts,
    private readonly dispatcher: Dispatcher,
    private readonly keys: Keys,
  ) {}

  async start(start: Start): Promise<Outcome> {
    const planned = makePlan(start.policy.policy, { subject: subjectOf(start.cause), clusters: start.clusters });
    const at = start.at;
    if (planned.ok && isMoot(start, planned.plan)) return this.noTargets(start);
    const draft = draftOf(start, planned.ok ? planned.plan : NO_PLAN);
    const clock = await this.dispatcher.prepare();
    const [fleet, old] = await Promise.all([this.fleet.of(draft, at), this.superseded(start, draft.id, clock)]);
    const rollout = onTime(draft, clock);
    return withinLimits(fleet, at, (known) => {
      const move = planned.ok ? firstMove(rollout, known, start) : refused(rollout, planned.refusal, start);
      return this.write(start, [move, ...(old ? [old] : [])]);
    });
  }

  /** As `start` up to the write, for what replaces nothing. Undefined: it takes more than that, or nothing is to start. */
  begin(start: Start, { fleet, clock }: Readonly<{ fleet: FleetNow; clock: ClockMoves }>): Creation | undefined {
    const planned = makePlan(start.policy.policy, { subject: subjectOf(start.cause), clusters: start.clusters });
    if (!planned.ok || isMoot(start, planned.plan)) return undefined;
    return this.creation(start, [firstMove(onTime(draftOf(start, planned.plan), clock), fleet, start)]);
  }

  /** What was written is carried out. */
  async run(moves: readonly Move[]): Promise<void> {
    await Promise.all(moves.map(({ transition }) => this.dispatcher.run(transition.after, transition.effects)));
  }

  /** The targets with which clusters join a rollout that is under way; none: its policy takes none of them. */
  targetsToJoin(rollout: Rollout, clusters: readonly CandidateCluster[]): readonly Target[] {
    const planned = makePlan(rollout.spec, { subject: subjectOf(rollout.cause), clusters });
    return planned.ok ? targetsIn(planned.plan) : [];
  }

  private async superseded({ replaces, origin, at }: Start, by: string, clock: ClockMoves): Promise<Move | undefined> {
    if (!replaces) return undefined;
    const fleet = await this.fleet.of(replaces.rollout, at);
    const anew = origin.replan !== undefined;
    const onTime = onClock(replaces.rollout, clock);
    const stepped = step(onTime, { type: 'superseded', by, anew, at }, fleet);
    const asked = anew ? { by: origin.by, action: 'rollout.replan' } : { by: null, action: null };
    const changed = changedTargets(replaces.rollout, stepped.rollout);
    const starts = startsOf({ before: replaces.rollout, after: stepped.rollout, changed }, fleet);
    const transition = { before: replaces.rollout, ...afterOf(stepped), changed, starts, at, ...asked };
    return { from: replaces, transition, verb: false };
  }

  /** Says once that a policy is for the change and takes none of the clusters that wait for it. */
  async noTargets({ policy, cause, clusters, at }: Untaken): Promise<Outcome> {
    const key = subjectOf(cause);
    const state = clusters.map(({ name, to }) => `${name}=${to ?? ''}`).join(' ');
    if (!(await this.store.noteNew(`${policy.policy.name}|${key}`, `${policy.version} ${state}`))) return NO_TARGETS;
    const who = namesText(clusters.map(({ name }) => name));
    const none = `policy "${policy.policy.name}" takes none of the clusters with workloads that wait for ${key}`;
    const message = `${none} (${who}): its match and its waves say which it takes`;
    const event = { at, type: 'change.NoTargets', rollout: '', cluster: '', reason: 'NoTargets', message };
    await this.store.tell(event);
    return NO_TARGETS;
  }

  private creation({ policy, cause, replaces }: Start, moves: readonly Move[]): Creation {
    const [made] = moves;
    const key = this.keys.active(policy.policy.name, subjectOf(cause));
    const guards = [{ key, value: replaces?.rollout.id ?? '' }];
    const isOver = !made || made.transition.after.finishedAt !== null;
    return { moves, guards, also: [isOver ? ['DEL', key] : ['SET', key, made.transition.after.id]] };
  }

  private async write(start: Start, moves: readonly Move[]): Promise<Outcome> {
    const stored = await this.store.create(this.creation(start, moves));
    if (!stored) return { type: 'raced' };
    await this.run(stored);
    const [made] = stored;
    return made ? { type: 'made', rollout: made.transition.after } : NO_TARGETS;
  }
}

const NO_TARGETS = { type: 'noTargets' } as const;

/** Nobody takes part in it who has told of the change. */
const isMoot = ({ cause }: Start, { waves }: Plan): boolean =>
  waves.every(({ targets }) => targets.every(({ to }) => !isAsked(cause) && to === null));

/** Its place in the order of all rollouts is drawn when it is stored. */
function draftOf({ policy, cause, clusters, origin, chain, at }: Start, plan: Plan): Rollout {
  const { trigger, by } = origin;
  const revisions = isAsked(cause) ? [] : clusters.flatMap(revisionsIn);
  return newRollout({
    id: newRolloutId(at),
    policy: { name: policy.policy.name, version: policy.version },
    spec: plan.policy ?? policy.policy,
    cause: { ...causedBy(cause), trigger, actor: by?.actor ?? null, reason: by?.why ?? null, revisions },
    plan,
    planHash: planHashOf(plan.canonical),
    draft: origin.replan?.draft ?? null,
    ...chained(chain),
    lineage: UNDRAWN,
    at,
  });
}

/** Of a rollout that is planned anew, the rest of its cause is left behind. */
const causedBy = ({ source, group, asked }: Start['cause']): Start['cause'] => ({
  source,
  ...(group && { group }),
  ...(asked && { asked }),
});

/** What the cluster told of, source by source where there are several. */
const revisionsIn = ({ name, from, to, sources }: CandidateCluster): Cause['revisions'] =>
  to === null ? [] : (sources ?? [{ from, to }]).map((each) => ({ cluster: name, ...each }));

const chained = (chain: number | undefined): Pick<Rollout, 'chain'> => (chain ? { chain } : {});

const onTime = (draft: Rollout, clock: ClockMoves): Rollout => (clock.steps > 0 ? { ...draft, clock } : draft);

function firstMove(rollout: Rollout, fleet: FleetNow, start: Start): Move {
  const move = moveOf(step(rollout, { type: 'woken', at: start.at }, fleet), start);
  const { after, changed } = move.transition;
  return { ...move, transition: { ...move.transition, starts: startsOf({ before: null, after, changed }, fleet) } };
}

const NO_PLAN: Plan = { waves: [], warnings: [], planned: 0, canonical: '' };

/** A plan that can not be made is a rollout that failed: everybody sees it, and it does not start again by itself. */
function refused(born: Rollout, refusal: PlanRefusal, start: Start): Move {
  const { at, clusters } = start;
  const message = `${refusal.code}: ${refusal.detail}`;
  const failed: Rollout = { ...born, phase: 'Failed', reason: 'PlanInvalid', message, finishedAt: at };
  const settled = clusters.flatMap(({ name, to, workloads }) =>
    workloads.map(({ ref }) => ({ cluster: name, workload: objectKey(ref), revision: to ?? '' })),
  );
  const move = moveOf({ rollout: failed, changed: [], effects: [announced(failed, at)], wakeAt: null }, start);
  return { ...move, transition: { ...move.transition, settled } };
}

function moveOf(stepped: Step, { origin, at }: Start): Move {
  const changed = stepped.rollout.targets.all();
  const after = { ...afterOf(stepped), changed };
  const transition: Transition = { before: null, ...after, at, by: origin.by, action: 'rollout.created' };
  return { from: null, transition, verb: false };
}

const afterOf = ({
  rollout,
  changed,
  effects,
  wakeAt,
}: Step): Pick<Transition, 'after' | 'changed' | 'effects' | 'wakeAt'> => ({
  after: rollout,
  changed,
  effects,
  wakeAt,
});

const announced = ({ id, phase, reason, message }: Rollout, at: Instant): Step['effects'][number] => ({
  ...{ key: `${id}_rollout_${id}_${phase}_${reason}_${at}`, type: 'announce', subject: 'rollout' },
  ...{ name: id, phase, reason, message },
});

/** The name of a plan: equal plans have equal hashes. */
export const planHashOf = (canonical: string): string => createHash('sha256').update(canonical).digest('base64url');
