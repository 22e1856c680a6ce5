import { isTerminalRollout } from '@app/contracts/phases';
import { fenceOf, type Effect, type Instant, type Rollout, type Target } from './model';
import { ackDue, lostDue, stallOf, SWEEP_MS } from './timing';
import { allTargets, isInFlight, isOpen, own } from './state';

/** What has to be done because the rollout went from one state to another: messages to agents, and news. */
export const effectsOf = (before: Rollout, after: Rollout, at: Instant): readonly Effect[] =>
  before === after ? [] : [...announcements(before, after, at), ...messages(before, after)];

function messages(before: Rollout, after: Rollout): readonly Effect[] {
  return allTargets(after).flatMap((target): readonly Effect[] => {
    const sends = target.permit?.sends ?? 0;
    if (sends <= (own(before.targets, target.cluster)?.permit?.sends ?? 0)) return [];
    const { cluster, attempt, stop } = target;
    const id = `${after.id}_${cluster}_${attempt}_${sends}`;
    if (stop !== undefined) return [{ type: 'revoke', key: `${id}_revoke`, cluster, fence: fenceOf(after, attempt) }];
    return [{ type: 'dispatch', key: `${id}_dispatch`, cluster, attempt }];
  });
}

type Subject = Extract<Effect, { type: 'announce' }>['subject'];
type Named = Readonly<{ subject: Subject; name: string }>;
type Told = Readonly<{ phase: string; reason: string; message: string }>;

function announcements(before: Rollout, after: Rollout, at: Instant): readonly Effect[] {
  const tell = ({ subject, name }: Named, was: Told | undefined, is: Told): readonly Effect[] => {
    if (was !== undefined && was.phase === is.phase && was.reason === is.reason) return [];
    const { phase, reason, message } = is;
    const key = `${after.id}_${subject}_${name}_${phase}_${reason}_${at}`;
    return [{ type: 'announce', key, subject, name, phase, reason, message }];
  };
  const waves = after.waves.flatMap((wave) => {
    const was = before.waves.find(({ name }) => name === wave.name);
    return was === wave ? [] : tell({ subject: 'wave', name: wave.name }, was, wave);
  });
  const targets = allTargets(after).flatMap((target) => {
    const was = own(before.targets, target.cluster);
    return was === target ? [] : tell({ subject: 'target', name: target.cluster }, was, target);
  });
  return [...tell({ subject: 'rollout', name: after.id }, before, after), ...waves, ...targets];
}

/** The soonest instant at which time alone changes something, and never later than a sweep; null once it is over. */
export function wakeAt(rollout: Rollout, at: Instant): Instant | null {
  if (isTerminalRollout(rollout.phase)) return null;
  const waves = rollout.waves.flatMap(({ phase, soakUntil }) =>
    phase === 'Soaking' && soakUntil !== null ? [soakUntil] : [],
  );
  const targets = allTargets(rollout).flatMap((target) => dueTimes(rollout, target));
  return Math.min(at + SWEEP_MS, ...[...waves, ...targets].filter((due) => due > at));
}

function dueTimes({ spec }: Rollout, target: Target): readonly Instant[] {
  if (!isOpen(target)) return [];
  const waits = [target.until, target.refusedUntil ?? null].filter((due) => due !== null);
  if (!isInFlight(target)) return waits;
  const { resendAt, failAt } = stallOf(target, spec);
  const lost = target.lostAt === null ? [] : [lostDue(target.lostAt, spec)];
  return [...waits, ...lost, ackDue(target, spec), resendAt, failAt];
}
