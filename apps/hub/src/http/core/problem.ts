import type { Problem as ProblemBody } from '@app/contracts/api/views';
import { titleOf } from './status-titles';

export type FieldProblem = Readonly<{
  pointer: string;
  code?: string;
  detail: string;
  /** What may stand there instead, in words. */
  expected?: string;
  /** Place in the text of the body, from 1, where that is known. */
  line?: number;
  column?: number;
}>;

type More = Readonly<{
  errors?: readonly FieldProblem[];
  /** Verbs that the rollout permits now, and its phase (409 only). */
  allowed?: readonly string[];
  phase?: string;
  headers?: Readonly<Record<string, string>>;
}>;

/** A refusal as the API shows it (RFC 9457). `code` is stable: it is the end of the problem's `type`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly more: More = {},
  ) {
    super(detail);
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What scripts switch on. */
export const problemType = (code: string): string => `urn:fleet-reloader:problem:${code}`;

/** The answer when something is not there, or not for this caller to see: the two look the same. */
export const notFound = (what: string): Problem => new Problem(404, 'NOT_FOUND', `${what} does not exist`);

/** A problem that lies in one field of the request. */
export const invalid = (pointer: string, detail: string, code = 'INVALID'): Problem =>
  new Problem(400, code, detail, { errors: [{ pointer, code, detail }] });

/** The answer itself. */
export const problemBody = ({ code, status, detail, more }: Problem, requestId: string): ProblemBody => ({
  type: problemType(code),
  title: titleOf(status),
  status,
  detail,
  errors: (more.errors ?? []).map((error) => ({ ...error })),
  requestId,
  ...(more.allowed === undefined ? {} : { allowed: [...more.allowed] }),
  ...(more.phase === undefined ? {} : { phase: more.phase }),
});
