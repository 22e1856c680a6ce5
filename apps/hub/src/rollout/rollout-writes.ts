import { objectKey } from '@app/contracts/objects';
import { isTerminalRollout, isTerminalTarget } from '@app/contracts/phases';
import { dueMember } from '../platform/core/due';
import { eventWrite } from '../notify/hub-events';
import { noticeWrites } from '../notify/notice-writes';
import type { Keys } from '../platform/keys';
import type { Starts } from '../limits/core/admit';
import type { Effect, Instant, Restart, Rollout, Target } from './core/model';
import { broughtBy, isAsked, subjectOf } from './core/cause';
import { awaitsSource } from './core/guards';
import { ranAs } from './core/ran';
import { watchesSoak } from './core/regression';
import { targetField, targetText } from './core/stored-target';
import { slices } from '../platform/core/slices';

/** One Redis command, or one of the two conditional ones that the commit script knows. */
export type Write = readonly string[];

/** Who asked for a transition; null: nobody, it followed from what happened. */
export type Actor = Readonly<{ actor: string; from: string; why: string }>;

/** One rollout going from one state to the next. */
export type Transition = Readonly<{
  before: Rollout | null;
  after: Rollout;
  /** Targets of `after` that are not what they were before. */
  changed: readonly Target[];
  effects: readonly Effect[];
  /** What begins and what is over; left out where nothing can begin. */
  starts?: Starts;
  wakeAt: Instant | null;
  at: Instant;
  by: Actor | null;
  /** What the actor did, as the audit names it; null: only the phase is recorded. */
  action: string | null;
  /** What the action is about; absent or null: the rollout. */
  subject?: string | null;
  /** Workloads that this rollout took in besides its targets', so that nothing starts for them again. */
  settled?: readonly Readonly<{ cluster: string; workload: string; revision: string }>[];
}>;

/** A permit that was stored but perhaps not sent is sent by somebody else after this long. */
const RING_AGAIN_MS = 5000;
/** Of a wait that has just begun: what ends it later rings by itself. */
const LOOK_AGAIN_MS = 500;
/** Permits live for 10 minutes; a revocation outlives them. */
const REVOCATION_MS = 20 * 60_000;
const FIELDS_PER_WRITE = 200;

/** Everything that the store writes for one transition, besides the version. */
export function writesFor(keys: Keys, move: Transition): readonly Write[] {
  const { changed } = move;
  return [
    ...state(keys, move, changed),
    ...(move.before ? [] : newcomer(keys, move.after)),
    ...changed.flatMap((target) => membership(keys, move, target)),
    ...phase(keys, move),
    ...watching(keys, move),
    ...awaiting(keys, move),
    ...timers(keys, move, changed),
    ...settled(keys, move),
    ...givenUp(keys, move),
    ...restarted(keys, move),
    ...move.effects.flatMap((effect) => told(keys, move, effect)),
    ...noticeWrites(keys, move),
    ...audited(keys, move),
  ];
}

const targetBefore = (move: Transition, target: Target): Target | undefined =>
  move.before ? move.before.targets.get(target.cluster) : undefined;

function state(keys: Keys, { before, after }: Transition, changed: readonly Target[]): Write[] {
  const key = keys.run(after.id);
  const fields = changed.map((target) => [targetField(target.cluster), targetText(target)]);
  if (before === null || !isSameHead(before, after)) fields.push(['head', headOf(after)]);
  return inChunks(fields).map((chunk) => ['HSET', key, ...chunk.flat()]);
}

/** What did not change keeps its identity, so nothing has to be written out to see that the head is the same. */
function isSameHead({ targets: _before, ...before }: Rollout, { targets: _after, ...after }: Rollout): boolean {
  const was: Readonly<Record<string, unknown>> = before;
  const is = Object.entries(after);
  return is.length === Object.keys(was).length && is.every(([field, value]) => Object.is(was[field], value));
}

/** A rollout without its targets, as it is stored. */
function headOf({ targets: _targets, ...head }: Rollout): string {
  return JSON.stringify(head);
}

function newcomer(keys: Keys, { id, createdAt, policy }: Rollout): Write[] {
  const score = String(createdAt);
  return [
    ['ZADD', keys.runs(), score, id],
    ['ZADD', keys.runsOfPolicy(policy.name), score, id],
    ['SADD', keys.activeRuns(), id],
  ];
}

/** Which rollouts concern a cluster, and which of them still owe it something. */
function membership(keys: Keys, move: Transition, target: Target): Write[] {
  const { cluster, phase: now } = target;
  const { id, createdAt } = move.after;
  const was = targetBefore(move, target);
  const joined: Write[] = was ? [] : [['ZADD', keys.runsOfCluster(cluster), String(createdAt), id]];
  return [...joined, [isTerminalTarget(now) ? 'SREM' : 'SADD', keys.open(cluster), id]];
}

function phase(keys: Keys, { before, after }: Transition): Write[] {
  if (before?.phase === after.phase) return [];
  const left: Write[] = before ? [['ZREM', keys.runsInPhase(before.phase), after.id]] : [];
  const entered: Write = ['ZADD', keys.runsInPhase(after.phase), String(after.createdAt), after.id];
  return [...left, entered, ...(isTerminalRollout(after.phase) ? ended(keys, after) : [])];
}

/** News of restarted workloads matter to a rollout while one of its waves soaks. */
function watching(keys: Keys, { before, after }: Transition): Write[] {
  const [did, does] = [before, after].map((rollout) => rollout?.finishedAt === null && watchesSoak(rollout));
  return did === does ? [] : [[does === true ? 'SADD' : 'SREM', keys.watching(), after.id]];
}

/** News of pending workloads matter to a rollout once it waits for them, up to its end. */
function awaiting(keys: Keys, { before, after, changed }: Transition): Write[] {
  if (after.finishedAt !== null) return before ? [['SREM', keys.awaiting(), after.id]] : [];
  return changed.some(awaitsSource) ? [['SADD', keys.awaiting(), after.id]] : [];
}

/** The source is looked at once more: what came up meanwhile and could not join gets a rollout of its own. */
function ended(keys: Keys, { id, policy, cause, finishedAt }: Rollout): Write[] {
  const subject = subjectOf(cause);
  const again = dueMember({ type: 'window', policy: policy.name, source: subject });
  return [
    ['SREM', keys.activeRuns(), id],
    ['DELIF', keys.active(policy.name, subject), id],
    ...(isAsked(cause) ? [] : [['ZADD', keys.due(), String(finishedAt ?? 0), again]]),
  ];
}

function timers(keys: Keys, { after, effects, wakeAt, at }: Transition, changed: readonly Target[]): Write[] {
  const due = keys.due();
  // What the wait is for may have been told while it was being decided on.
  const soon = changed.some(awaitsSource) ? at + LOOK_AGAIN_MS : Infinity;
  const member = dueMember({ type: 'rollout', id: after.id });
  const permit = (cluster: string): string => dueMember({ type: 'dispatch', id: after.id, cluster });
  const over = changed.filter((target) => isTerminalTarget(target.phase)).map((target) => permit(target.cluster));
  const sent = effects.flatMap((effect) => (effect.type === 'dispatch' ? [permit(effect.cluster)] : []));
  return [
    wakeAt === null ? ['ZREM', due, member] : ['ZADD', due, String(Math.min(wakeAt, soon)), member],
    ...inChunks(over.map((entry) => [entry])).map((chunk) => ['ZREM', due, ...chunk.flat()]),
    ...sent.map((entry) => ['ZADD', due, String(at + RING_AGAIN_MS), entry]),
  ];
}

/** What this rollout takes in, so that the same pending workloads start nothing again, whatever becomes of it. */
function settled(keys: Keys, move: Transition): Write[] {
  const { after } = move;
  // Whatever made workloads pending that a person named still has, or gets, a rollout of its own.
  if (isAsked(after.cause)) return [];
  const marks = (cluster: string, expected: string, workloads: readonly string[]): readonly Write[] =>
    [...broughtBy(after.cause, expected)].flatMap(([source, revision]) =>
      markWrites(keys, { cluster, source, value: `${revision}|${after.id}` }, workloads),
    );
  const taken = move.changed.flatMap((target) => {
    const { cluster, restarts, expected } = target;
    if (expected === null || targetBefore(move, target)?.expected === expected) return [];
    return marks(cluster, expected, restarts.map(keyOf));
  });
  return [...taken, ...(move.settled ?? []).flatMap((item) => marks(item.cluster, item.revision, [item.workload]))];
}

/**
 * A cluster that left was given up, and its change with it: should it come back, approved under a new key, what is still
 * pending there counts as new.
 */
function givenUp(keys: Keys, move: Transition): Write[] {
  const { cause, id } = move.after;
  const gone = move.changed.filter((target) => hasLeft(target) && !hasLeft(targetBefore(move, target)));
  return gone.flatMap(({ cluster, restarts, expected }) =>
    [...broughtBy(cause, expected ?? '')].flatMap(([source, revision]) =>
      inChunks(restarts.map((restart) => `${keyOf(restart)}|${source}`)).map((fields) => [
        ...['UNMARK', keys.settled(cluster), `${revision}|${id}`],
        ...fields,
      ]),
    ),
  );
}

const hasLeft = (target?: Target): boolean => target?.phase === 'Skipped' && target.reason === 'Left';

type Mark = Readonly<{ cluster: string; source: string; value: string }>;

/** What the source made pending there starts nothing more for these workloads. */
export const markWrites = (
  keys: Keys,
  { cluster, source, value }: Mark,
  workloads: readonly string[],
): readonly Write[] =>
  inChunks(workloads).map((chunk) => [
    ...['MARK', keys.pending(cluster), keys.settled(cluster), source, value],
    ...chunk,
  ]);

const keyOf = ({ workload }: Restart): string => objectKey(workload);

/** The last restart of each workload, as soon as it is known to have begun. */
function restarted(keys: Keys, move: Transition): Write[] {
  const { after, changed, at } = move;
  return changed.flatMap((target) => {
    const before = targetBefore(move, target)?.restarts;
    if (before === undefined || before === target.restarts) return [];
    const was = new Map(before.map((restart) => [keyOf(restart), restart]));
    const ran = target.restarts.flatMap((restart): Write[] => {
      const workload = keyOf(restart);
      const outcome = ranAs(was.get(workload), restart);
      return outcome === null ? [] : [[workload, [after.id, restart.revision, outcome, at].join('|')]];
    });
    return inChunks(ran).map((chunk) => ['RAN', keys.ran(target.cluster), ...chunk.flat()]);
  });
}

function told(keys: Keys, { after, at }: Transition, effect: Effect): Write[] {
  switch (effect.type) {
    case 'dispatch':
      return [];
    case 'revoke': {
      const entry = JSON.stringify({ fence: effect.fence, until: at + REVOCATION_MS });
      return [['HSET', keys.revoked(effect.cluster), after.id, entry]];
    }
    case 'announce': {
      const { subject, name, phase: entered, reason, message } = effect;
      const cluster = subject === 'target' ? name : '';
      const text = textOf({ subject, name, entered, message });
      return [
        eventWrite(keys, { at, type: `${subject}.${entered}`, rollout: after.id, cluster, reason, message: text }),
      ];
    }
  }
}

type Announced = Readonly<{ subject: string; name: string; entered: string; message: string }>;

/** Waves and gates are named; what a gate says names it already. */
function textOf({ subject, name, entered, message }: Announced): string {
  if (subject === 'gate' && message.includes(name)) return message;
  const named = subject === 'wave' || subject === 'gate';
  return [named ? `${subject} ${name}: ${entered}` : entered, message].filter(Boolean).join(': ');
}

const NOBODY: Actor = { actor: 'system', from: 'engine', why: '' };

function audited(keys: Keys, { before, after, by, action, subject, at }: Transition): Write[] {
  if (before?.phase === after.phase && action === null) return [];
  const { actor, from, why } = by ?? NOBODY;
  const { policy, phase: entered, lineage, reason } = after;
  const source = subjectOf(after.cause);
  const entry = {
    ...{
      at: String(at),
      actor,
      from,
      action: action ?? `rollout.${entered}`,
      subject: subject ?? `rollout/${after.id}`,
    },
    // What a person did has that person's reason, or none.
    reason: by === null ? reason : why,
    detail: JSON.stringify({
      rollout: after.id,
      policy: policy.name,
      policyVersion: policy.version,
      phase: entered,
      source,
      lineage,
    }),
  };
  return [['XADD', keys.audit(), '*', ...Object.entries(entry).flat()]];
}

/** Lua's stack bounds how many arguments one command can have. */
const inChunks = <T>(items: readonly T[]): T[][] => slices(items, FIELDS_PER_WRITE);
