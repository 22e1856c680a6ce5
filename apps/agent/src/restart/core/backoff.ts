import type { PatchAnswer } from '../../kube/kube.port';

const FIRST_MS = 250;
const MOST_MS = 30_000;
/** Where nothing is heard of the API server: a try costs it nothing, and when it is back nothing shall wait for long. */
const MOST_WITHOUT_ANSWER_MS = 5000;

/** What was heard of the server that is waited for. `leastMs`: what it asked for; waited out in full. */
export type Heard = Readonly<{ leastMs: number | null; noAnswer?: true }>;

type Unavailable = Extract<PatchAnswer, { kind: 'unavailable' }>;

/**
 * How long to wait before the next try, in ms: doubling windows, a random point in each (`random` in [0, 1)).
 * `tries`: failures in a row, from 1.
 */
export function backoffMs(tries: number, random: number, { leastMs, noAnswer }: Heard = { leastMs: null }): number {
  const window = Math.min(noAnswer ? MOST_WITHOUT_ANSWER_MS : MOST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 16));
  return (leastMs ?? 0) + Math.round(window * (0.5 + random / 2));
}

export const heardOf = ({ retryAfterMs, noAnswer }: Unavailable): Heard => ({
  leastMs: retryAfterMs,
  ...(noAnswer && { noAnswer }),
});
