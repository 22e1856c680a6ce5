import { isTerminalRollout } from '@app/contracts/phases';
import { gatesOnClock } from './gates';
import type { Instant, Rollout, Target } from './model';
import { mapTargets, mapWaves } from './state';

/** Steps of the clock up to which a rollout's timers are right; none when it has none. */
export type ClockMoves = Readonly<{ steps: number; totalMs: number }>;

/**
 * The rollout with its timers on the clock as it is now: after a step every soak, deadline and wait has as much left as
 * before it. The same object when the clock has not stepped since.
 */
export function onClock(rollout: Rollout, moves: ClockMoves): Rollout {
  const { steps, totalMs } = rollout.clock ?? { steps: 0, totalMs: 0 };
  if (moves.steps <= steps || isTerminalRollout(rollout.phase)) return rollout;
  const by = moves.totalMs - totalMs;
  const later = <T extends Instant | null>(at: T): T => (at === null ? at : ((at + by) as T));
  const moved = mapTargets(
    mapWaves(rollout, (wave) => ({
      ...wave,
      soakUntil: later(wave.soakUntil),
      ...gatesOnClock(wave, by),
      ...(wave.regressed && { regressed: { ...wave.regressed, at: wave.regressed.at + by } }),
    })),
    (target): Target => ({
      ...target,
      ...{ until: later(target.until), dispatchedAt: later(target.dispatchedAt), lostAt: later(target.lostAt) },
      finishedAt: later(target.finishedAt),
      ...(target.permit && {
        permit: { ...target.permit, sentAt: later(target.permit.sentAt), heardAt: later(target.permit.heardAt) },
      }),
      ...(target.refusedUntil === undefined ? {} : { refusedUntil: later(target.refusedUntil) }),
    }),
  );
  const halted = moved.haltedAt === undefined ? {} : { haltedAt: moved.haltedAt + by };
  return { ...moved, ...halted, clock: { steps: moves.steps, totalMs: moves.totalMs } };
}
