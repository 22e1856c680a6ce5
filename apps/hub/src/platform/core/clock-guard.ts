/** How one clock was read: the store's epoch milliseconds at monotonic zero, as it looked at the monotonic instant `at`. */
export type Reading = Readonly<{ base: number; at: number }>;

/**
 * The clock that decisions are made by, as one process follows the store's. A step of the store's clock is not believed
 * at once: until it has lasted, time goes on as before and nothing is decided by it.
 */
export type Following = Readonly<{
  base: number;
  /** A step that was seen and is not followed (yet): where the store's clock stands now, and since when. */
  doubt: Reading | null;
  /** Monotonic instant until which what was written by the old clock is still being written anew. */
  settlesAt: number;
}>;

/** Smaller differences are drift, or a slow network. */
export const STEP_MS = 30_000;
/** A step that lasts as long as a sweep is real. */
export const DOUBT_MS = 15_000;
/** Afterwards every replica has noticed, and every agent that is there was noted again. */
export const SETTLE_MS = 20_000;

export const following = (base: number): Following => ({ base, doubt: null, settlesAt: -Infinity });

/** Takes in a reading: follows small differences, notes steps, and forgets one that is taken back. */
export function read(state: Following, reading: Reading): Following {
  if (isNear(state.base, reading.base)) return { ...state, base: reading.base, doubt: null };
  if (state.doubt !== null && isNear(state.doubt.base, reading.base)) return state;
  return { ...state, doubt: reading };
}

/** How far the store's clock has stepped, when that has lasted long enough to be followed; else null. */
export function stepOf({ base, doubt }: Following, at: number): number | null {
  return doubt !== null && at - doubt.at >= DOUBT_MS ? Math.round(doubt.base - base) : null;
}

/** Follows the step, by this process's own observation or because another replica has. */
export const followed = ({ base, doubt }: Following, at: number): Following => ({
  base: doubt?.base ?? base,
  doubt: null,
  settlesAt: at + SETTLE_MS,
});

/** Whether nothing may be decided by time now. */
export const isGuarded = ({ doubt, settlesAt }: Following, at: number): boolean => doubt !== null || at < settlesAt;

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= STEP_MS;
