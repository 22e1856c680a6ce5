import { retryPauseMs } from '../../rollout/core/retrying';

/** What came of a try: what the receiver answered, or why there is no answer, without an address in it. */
export type Answer = Readonly<
  { status: number; /** As the header has it. */ retryAfter: string | null } | { why: string }
>;

/** `again`: it may work later, and not sooner than after `notBeforeMs`. `refused`: trying again changes nothing. */
export type Verdict = Readonly<
  { kind: 'delivered' } | { kind: 'again'; why: string; notBeforeMs: number } | { kind: 'refused'; why: string }
>;

const HOUR_MS = 3_600_000;
/** Twice as long after each failure, up to an hour. */
const PAUSES = { attempts: 36, exponential: true, baseMs: 1000, maxMs: HOUR_MS, jitter: 0.1 } as const;

export function verdictOf(answer: Answer): Verdict {
  if ('why' in answer) return { kind: 'again', why: answer.why, notBeforeMs: 0 };
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const why = `the receiver answered ${status}`;
  if (status === 408 || status === 429 || status >= 500)
    return { kind: 'again', why, notBeforeMs: wishedMs(retryAfter) };
  return { kind: 'refused', why: status < 400 ? `${why}, and no other address is called` : why };
}

/** Seconds alone are understood, and no more than an hour. */
const wishedMs = (retryAfter: string | null): number =>
  retryAfter !== null && /^\d{1,9}$/.test(retryAfter) ? Math.min(HOUR_MS, Number(retryAfter) * 1000) : 0;

/** How long to wait after the n-th failure of this notice; null: it was tried for a day, and is given up. */
export const pauseMs = (id: string, failures: number, notBeforeMs: number): number | null =>
  failures >= PAUSES.attempts ? null : Math.max(notBeforeMs, retryPauseMs(PAUSES, failures, id));
