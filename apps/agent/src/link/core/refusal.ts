import { z } from 'zod';
import { parseJson } from './json';

/** Why the hub did not let this agent in. */
export type Refusal = Readonly<{ code: string; message: string; terminal: boolean; retryAfterMs: number }>;

/** Refusals after which a fresh enrolment can help: the hub does not know this key (any more). */
export const UNKNOWN_IDENTITY: readonly string[] = ['ClusterUnknown', 'WrongHub'];

/** Begins the code of an answer that is not the hub's own. */
const FOREIGN = 'Http';

/** False for what a proxy or a load balancer says in the place of the hub. */
export const isOfHub = ({ code }: Pick<Refusal, 'code'>): boolean => !/^Http\d/.test(code);

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
 */
export function readRefusal(status: number, body: string): Refusal {
  const parsed = problem.safeParse(parseJson(body));
  if (!parsed.success) {
    return { code: `${FOREIGN}${status}`, message: `the answer was HTTP ${status}`, terminal: false, retryAfterMs: 0 };
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
