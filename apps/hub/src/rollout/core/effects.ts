import { isTerminalRollout } from '@app/contracts/phases';
import { fenceOf, type Effect, type Instant, type Rollout, type Target, type Wave } from './model';
import { gateDues, gatesOf } from './gates';
import type { Gate } from './gate';
import { haltUntil } from './halt';
import { ackDue, lostDue, stallOf, SWEEP_MS } from './timing';
import { allTargets, isInFlight, isOpen } from './state';

/**
 * What has to be done because the rollout went from one state to another: messages to agents, and news.
 * @param changed the targets that differ.
 */
export const effectsOf = (
  before: Rollout,
  after: Rollout,
  at: Instant,
  changed: readonly Target[],
): readonly Effect[] => [...announcements({ before, after, changed }, at), ...messages({ before, after, changed })];

/** Targets that are not what they were, wave by wave. */
export const changedTargets = (before: Rollout | null, after: Rollout): readonly Target[] =>
  before?.targets === after.targets
    ? []
    : allTargets(after).filter(
        (target) => target !== (before === null ? undefined : before.targets.get(target.cluster)),
      );

type Passage = Readonly<{ before: Rollout; after: Rollout; changed: readonly Target[] }>;

function messages({ before, after, changed }: Passage): readonly Effect[] {
  return changed.flatMap((target): readonly Effect[] => {
    const sends = target.permit?.sends ?? 0;
    if (sends <= (before.targets.get(target.cluster)?.permit?.sends ?? 0)) return [];
    const { cluster, attempt, phase, stop } = target;
    const id = `${after.id}_${cluster}_${attempt}_${sends}`;
    // To whom can not be reached nothing is sent but that what it may hold is void.
    if (stop !== undefined || phase === 'Unknown')
      return [{ type: 'revoke', key: `${id}_revoke`, cluster, fence: fenceOf(after, attempt) }];
    return [{ type: 'dispatch', key: `${id}_dispatch`, cluster, attempt }];
  });
}

type Subject = Extract<Effect, { type: 'announce' }>['subject'];
type Named = Readonly<{ subject: Subject; name: string }>;
type Told = Readonly<{ phase: string; reason: string; message: string }>;

function announcements({ before, after, changed }: Passage, at: Instant): readonly Effect[] {
  const tell = ({ subject, name }: Named, was: Told | undefined, is: Told): readonly Effect[] => {
    if (was !== undefined && was.phase === is.phase && was.reason === is.reason) return [];
    const { phase, reason, message } = is;
    const key = `${after.id}_${subject}_${name}_${phase}_${reason}_${at}`;
    return [{ type: 'announce', key, subject, name, phase, reason, message }];
  };
  const waves = after.waves.flatMap((wave) => {
    const was = before.waves.find(({ name }) => name === wave.name);
    return tell({ subject: 'wave', name: wave.name }, was, wave);
  });
  const gates = after.waves.flatMap((wave) => {
    const was = before.waves.find(({ name }) => name === wave.name);
    return gatesOf(wave).flatMap((gate) => tellGate(tell, was, gate));
  });
  const targets = changed.flatMap((target) =>
    tell({ subject: 'target', name: target.cluster }, before.targets.get(target.cluster), target),
  );
  return [...tell({ subject: 'rollout', name: after.id }, before, after), ...waves, ...gates, ...targets];
}

type Tell = (named: Named, was: Told | undefined, is: Told) => readonly Effect[];

/** That it exists is no news; that somebody approved is, also while others are still to. */
function tellGate(tell: Tell, was: Wave | undefined, gate: Gate): readonly Effect[] {
  const before = was === undefined ? undefined : gatesOf(was).find(({ id }) => id === gate.id);
  if (before === gate || (before === undefined && gate.state === 'NotOpen')) return [];
  const { id, state, reason, message, given } = gate;
  const known = before?.given.length === given.length ? { ...before, phase: before.state } : undefined;
  return tell({ subject: 'gate', name: id }, known, { phase: state, reason, message });
}

/** The soonest instant at which time alone changes something, and never later than a sweep; null once it is over. */
export function wakeAt(rollout: Rollout, at: Instant): Instant | null {
  if (isTerminalRollout(rollout.phase)) return null;
  const waves = rollout.waves.flatMap((wave) => [
    ...(wave.phase === 'Soaking' && wave.soakUntil !== null ? [wave.soakUntil] : []),
    ...gateDues(wave),
  ]);
  const halt = haltUntil(rollout);
  const dues = halt === null ? waves : [...waves, halt];
  const latest = dues.reduce((soonest, due) => (due > at && due < soonest ? due : soonest), at + SWEEP_MS);
  return changedDue(rollout, allTargets(rollout), { at, latest });
}

/** The soonest instant at which time alone changes something about these targets, at most `latest`. */
export const changedDue = (
  rollout: Rollout,
  changed: readonly Target[],
  { at, latest }: Readonly<{ at: Instant; latest: Instant }>,
): Instant =>
  changed
    .flatMap((target) => dueTimes(rollout, target))
    .reduce((soonest, due) => (due > at && due < soonest ? due : soonest), latest);

function dueTimes({ spec }: Rollout, target: Target): readonly Instant[] {
  if (!isOpen(target)) return [];
  const waits = [target.until, target.refusedUntil ?? null].filter((due) => due !== null);
  if (!isInFlight(target)) return waits;
  const { resendAt, failAt } = stallOf(target, spec);
  const lost = target.lostAt === null ? [] : [lostDue(target.lostAt, spec)];
  const limited = target.limited?.until ?? null;
  return [...waits, ...lost, ...(limited === null ? [] : [limited]), ackDue(target, spec), resendAt, failAt];
}
