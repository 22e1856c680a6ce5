import { parseJson } from '@app/contracts/parse-json';
import { z } from 'zod';

/** Why the hub did not let this agent in. */
export type Refusal = Readonly<{ code: string; message: string; terminal: boolean; retryAfterMs: number }>;

/** Refusals after which a fresh enrolment can help: the hub does not know this key (any more). */
export const UNKNOWN_IDENTITY: readonly string[] = ['ClusterUnknown', 'WrongHub'];

/** Begins the code of an answer that is not the hub's own. */
const FOREIGN = 'Http';

/** False for what a proxy or a load balancer says in the place of the hub. */
export const isOfHub = ({ code }: Pick<Refusal, 'code'>): boolean => !/^Http\d/.test(code);

/** Longest that something in between may keep an agent away. */
const LONGEST_FOREIGN_MS = 10 * 60_000;

/** Statuses that pass by themselves: a time-out, a limit, anything that a server in between answers. */
const PASSING: ReadonlySet<number> = new Set([404, 408, 425, 429]);

const problem = z.object({
  type: z.string(),
  detail: z.string(),
  terminal: z.boolean().optional(),
  retryAfterSeconds: z.number().min(0).max(3600).optional(),
});

/**
 * Reads the hub's answer to an upgrade or an enrolment that it refused: a problem document, whose type ends in the code.
 * What is not the hub's own comes from something in between, a proxy or a load balancer: that passes, so it is never
 * terminal.
 * @param retryAfter the header of this name: seconds; a date counts as none.
 */
export function readRefusal(status: number, body: string, retryAfter = ''): Refusal {
  const parsed = problem.safeParse(parseJson(body));
  if (!parsed.success) {
    const retryAfterMs = /^\d{1,9}$/.test(retryAfter) ? Math.min(Number(retryAfter) * 1000, LONGEST_FOREIGN_MS) : 0;
    return { code: `${FOREIGN}${status}`, message: foreignWord(status), terminal: false, retryAfterMs };
  }
  const { type, detail, terminal, retryAfterSeconds } = parsed.data;
  const refusedForGood = status >= 400 && status < 500 && !PASSING.has(status);
  return {
    code: type.slice(type.lastIndexOf(':') + 1),
    message: detail,
    terminal: terminal ?? refusedForGood,
    retryAfterMs: (retryAfterSeconds ?? 0) * 1000,
  };
}

const foreignWord = (status: number): string =>
  status >= 300 && status < 400
    ? `the answer was HTTP ${status}: agents follow no redirect, HUB_URL has to name the hub itself`
    : `the answer was HTTP ${status}`;
