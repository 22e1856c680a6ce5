/** An answer of the store: what its time for limits was, in microseconds, and by our steady clock when we asked and heard. */
export type Heard = Readonly<{ time: number; askedAt: number; heardAt: number }>;

/** An answer that took longer says too little. */
const GOOD_US = 100_000;
/** Clocks drift apart: after this long any answer is better than none. */
const OLD_US = 600_000_000;

export const betterOf = (known: Heard | null, heard: Heard): Heard =>
  known === null || heard.heardAt - heard.askedAt <= GOOD_US || heard.askedAt - known.askedAt > OLD_US ? heard : known;

/** The most that the store's time for limits can be, as text for the script. @param at now by the steady clock. */
export const mostAt = ({ time, askedAt }: Heard, at: number): string => Math.ceil(time + at - askedAt).toFixed(0);
