import { isTerminalRollout } from '@app/contracts/phases';
import { gateWaits } from './gates';
import { haltUntil } from './halt';
import { targetWhy } from './limited';
import type { Instant, Rollout, Target, Wave } from './model';
import { isInFlight, isWaiting, namesText, targetsOf } from './state';

/** One thing that a rollout waits for; `until`: when that ends by itself, null when it does not or is not known. */
export type Waiting = Readonly<{
  reason: string;
  until: Instant | null;
  detail: string;
  /** Id of the gate that is waited for. */
  gate?: string;
  /** Of a wait for a window. */
  window?: Readonly<{ closedBecause: string; nextOpen: Instant | null; nextClose: Instant | null }>;
}>;

/** Everything that the rollout waits for now, most general first; empty only when it is over. */
export function waitingFor(rollout: Rollout, now: Instant): readonly Waiting[] {
  if (isTerminalRollout(rollout.phase)) return [];
  const inWaves = rollout.waves.flatMap((wave) => waveWaits(rollout, wave, now));
  if (rollout.phase === 'Running')
    return inWaves.length > 0 ? inWaves : [{ reason: 'Wake', until: null, detail: 'is about to go on' }];
  const own = {
    reason: rollout.reason || rollout.phase,
    until: rollout.phase === 'Queued' ? soonest(rollout.targets.all(), now) : haltUntil(rollout),
    detail: rollout.message || `is ${rollout.phase}`,
  };
  return [own, ...inWaves.filter(({ reason, gate }) => GOES_ON.has(reason) || gate !== undefined)];
}

/** What comes to its end whether or not the rollout runs; and people may decide about gates meanwhile. */
const GOES_ON: ReadonlySet<string> = new Set(['Restarting', 'Soak', 'LostContact']);

function waveWaits(rollout: Rollout, wave: Wave, now: Instant): readonly Waiting[] {
  if (wave.phase === 'GateBefore' || wave.phase === 'GateAfter') return gateWaits(wave, now);
  if (wave.phase === 'Soaking') {
    const until = wave.soakUntil !== null && wave.soakUntil > now ? wave.soakUntil : null;
    return [{ reason: 'Soak', until, detail: wave.message }, ...gateWaits(wave, now)];
  }
  if (wave.startedAt === null || wave.finishedAt !== null) return [];
  const targets = targetsOf(rollout, wave);
  const restarting = targets.filter((target) => isInFlight(target) && target.phase !== 'Unknown');
  const stopped = restarting
    .filter((target) => targetWhy(target).reason !== '')
    .map((target) => ({ ...target, ...targetWhy(target) }));
  const others = [...targets.filter((target) => isWaiting(target) || target.phase === 'Unknown'), ...stopped];
  const groups = [...new Set(others.map(groupOf))];
  return [
    ...(restarting.length > 0 ? [inFlightWait(wave, restarting)] : []),
    ...groups.map((group) =>
      grouped(
        wave,
        others.filter((target) => groupOf(target) === group),
        now,
      ),
    ),
  ];
}

/** Targets of one reason are told together; those that wait for a window only with those that it opens for at the same time. */
const groupOf = ({ reason, message }: Target): string => (reason === 'Window' ? `Window ${message}` : reason);

const inFlightWait = (wave: Wave, targets: readonly Target[]): Waiting => ({
  reason: 'Restarting',
  until: null,
  detail: `${targets.length} in flight in wave ${wave.name}: ${namesText(targets.map(({ cluster }) => cluster))}`,
});

/** Targets that wait for the same reason, with the first one's words. */
function grouped(wave: Wave, targets: readonly Target[], now: Instant): Waiting {
  const names = namesText(targets.map(({ cluster }) => cluster));
  const [first] = targets;
  return {
    reason: first?.reason || (first?.phase ?? ''),
    until: soonest(targets, now),
    detail: `${targets.length} in wave ${wave.name}: ${names}; ${first?.message ?? ''}`,
    ...(first?.reason === 'Window' && { window: windowOf(first) }),
  };
}

/** When the first of the waits ends by itself; null: none does. */
function soonest(targets: readonly Target[], now: Instant): Instant | null {
  const ends = targets.flatMap(({ until }) => (until !== null && until > now ? [until] : []));
  return ends.length > 0 ? Math.min(...ends) : null;
}

const windowOf = ({ message, until, closes }: Target): NonNullable<Waiting['window']> => ({
  closedBecause: message,
  nextOpen: until,
  nextClose: closes ?? null,
});
