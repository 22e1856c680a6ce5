/**
 * How one clock was read: the store's epoch milliseconds at monotonic zero, as it looked at the monotonic instant `at`. An
 * answer that was long under way says little: `blurMs` is how far from `base` the truth may be, to either side.
 */
export type Reading = Readonly<{ base: number; blurMs: number; at: number }>;

/**
 * The clock that decisions are made by, as one process follows the store's. A step of the store's clock is not believed
 * at once: until it has lasted, time goes on as before and nothing is decided by it.
 */
export type Following = Readonly<{
  base: number;
  /** How far from `base` the truth may have been when that was found. */
  blurMs: number;
  /** A step that was seen and is not followed (yet): where the store's clock stands now, and since when. */
  doubt: Reading | null;
  /** Monotonic instant until which what was written by the old clock is still being written anew. */
  settlesAt: number;
}>;

/** Smaller differences are drift, or a slow network. */
export const STEP_MS = 30_000;
/** What answers take on a network that is not slow. */
const SHARP_MS = 50;
/** A step that lasts as long as a sweep is real. */
export const DOUBT_MS = 15_000;
/** Afterwards every replica has noticed, and every agent that is there was noted again. */
export const SETTLE_MS = 20_000;

/** @param base a guess */
export const following = (base: number): Following => ({ base, blurMs: Infinity, doubt: null, settlesAt: -Infinity });

/** Takes in a reading: follows small differences, notes steps, and forgets one that is taken back. */
export function read(state: Following, reading: Reading): Following {
  if (isNear(state, reading)) return { ...state, ...narrowed(state, reading), doubt: null };
  if (state.doubt !== null && isNear(state.doubt, reading)) return state;
  return { ...state, doubt: reading };
}

type Known = Pick<Reading, 'base' | 'blurMs'>;

/** What both allow; where that is nothing, the clocks have run apart since, and the newer one holds. */
function narrowed(known: Known, { base, blurMs }: Known): Known {
  const earliest = Math.max(known.base - known.blurMs, base - blurMs);
  const latest = Math.min(known.base + known.blurMs, base + blurMs);
  return earliest > latest ? { base, blurMs } : { base: (earliest + latest) / 2, blurMs: (latest - earliest) / 2 };
}

/** How far the store's clock has stepped, when that has lasted long enough to be followed; else null. */
export function stepOf({ base, doubt }: Following, at: number): number | null {
  return doubt !== null && at - doubt.at >= DOUBT_MS ? Math.round(doubt.base - base) : null;
}

/** Follows the step, by this process's own observation or because another replica has. */
export const followed = ({ base, blurMs, doubt }: Following, at: number): Following => ({
  base: doubt?.base ?? base,
  blurMs: doubt?.blurMs ?? blurMs,
  doubt: null,
  settlesAt: at + SETTLE_MS,
});

/** Whether nothing may be decided by time now. */
export const isGuarded = ({ doubt, settlesAt }: Following, at: number): boolean => doubt !== null || at < settlesAt;

/** Too little is known of the time for it to be left at that. */
export const isBlurred = ({ blurMs }: Following): boolean => blurMs > SHARP_MS;

const isNear = (known: Known, { base, blurMs }: Known): boolean => Math.abs(known.base - base) - blurMs <= STEP_MS;
