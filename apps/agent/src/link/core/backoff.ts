/** How one attempt to be connected came to its end. */
export type LinkEnd = Readonly<
  /** A session was up. `withinMs`: the hub restarts and asks to come back inside that time. */
  | { kind: 'ended'; lastedMs: number; withinMs: number | null }
  /** The hub answered, and said no. */
  | { kind: 'refused'; terminal: boolean; retryAfterMs: number }
  | { kind: 'unreachable' }
>;

/** `rest`: what is left of the window in which the last attempt was made. */
export type Pace = Readonly<{ window: number; rest: number }>;

export const FIRST_WINDOW_MS = 1_000;
export const LONGEST_WINDOW_MS = 120_000;
/** A session that lasted this long proves the hub well: the windows start small again. Sooner would keep a storm alive. */
export const STABLE_SESSION_MS = 60_000;
/** A person has to act first; knocking more often helps nobody. */
export const TERMINAL_WAIT_MS = 30 * 60_000;
/** Longest time to stay away that a hub may ask for: with a number out of bounds it must not lose its agents. */
export const LONGEST_TOLD_MS = 60 * 60_000;

export const FRESH_PACE: Pace = { window: FIRST_WINDOW_MS, rest: 0 };

/**
 * When to try again. Each attempt falls on a random point of its window, and the next window starts when that one is
 * over; so agents that lost their hub together do not return together, and none tries twice in quick succession.
 * @param random in [0, 1)
 */
export function nextAttempt(pace: Pace, end: LinkEnd, random: number): Readonly<{ delayMs: number; pace: Pace }> {
  if (end.kind === 'refused' && end.terminal) {
    return { delayMs: TERMINAL_WAIT_MS * (1 + random / 10), pace: FRESH_PACE };
  }
  if (end.kind === 'refused' && end.retryAfterMs > 0) {
    return { delayMs: Math.min(end.retryAfterMs, LONGEST_TOLD_MS) * (1 + random / 4), pace };
  }
  const calm = end.kind === 'ended' && end.lastedMs >= STABLE_SESSION_MS ? FRESH_PACE : pace;
  if (end.kind === 'ended' && end.withinMs !== null) {
    return { delayMs: random * Math.min(end.withinMs, LONGEST_TOLD_MS), pace: calm };
  }
  const { window, rest } = calm;
  return {
    delayMs: rest + random * window,
    pace: { window: Math.min(window * 2, LONGEST_WINDOW_MS), rest: (1 - random) * window },
  };
}
