import type { ApiRequest, Verb } from './request';

/** Which requests a fault strikes; every field that is given has to fit. */
export interface RequestMatch {
  readonly verb?: Verb;
  /** The plural name: `secrets`, `deployments`. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** The beginning of the caller's user agent. */
  readonly userAgent?: string;
}

/** How often a fault strikes, and what. Without `count` until it is lifted. */
interface Reach {
  readonly match?: RequestMatch;
  readonly count?: number;
}

export type Fault =
  /** The answer comes this much later; the write itself too. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Accepted, never answered; nothing is written. */
  | { readonly kind: 'stall' }
  /** Refused with this HTTP status; nothing is written. */
  | { readonly kind: 'error'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Written, and then the connection breaks before the answer. */
  | { readonly kind: 'drop-reply' };

/** Lifts a fault. */
export type Lift = () => void;

interface Rule {
  readonly fault: Fault;
  readonly match: RequestMatch;
  left: number;
}

/** What the server of one cluster is told to do wrong. */
export class Faults {
  /** A watch from a forgotten version: `event` answers 200 and an ERROR line, `http` answers 410 at once. */
  goneAs: 'event' | 'http' = 'event';
  private rules: Rule[] = [];

  /** Adds a delay before every matching answer, in milliseconds. */
  delay(ms: number, reach: Reach = {}): Lift {
    return this.add({ kind: 'latency', ms }, reach);
  }

  /** Accepts matching requests and never answers them. */
  stall(reach: Reach = {}): Lift {
    return this.add({ kind: 'stall' }, reach);
  }

  /** Answers matching requests with an HTTP status of 4xx or 5xx, with `Retry-After` when given in seconds. */
  refuse(status: number, reach: Reach & { readonly retryAfterSeconds?: number } = {}): Lift {
    const { retryAfterSeconds } = reach;
    return this.add(
      { kind: 'error', status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
      reach,
    );
  }

  /** Carries out matching requests, then breaks the connection instead of answering. */
  dropReply(reach: Reach = {}): Lift {
    return this.add({ kind: 'drop-reply' }, reach);
  }

  /** Lifts every fault. Requests that were stalled stay without an answer. */
  clear(): void {
    this.rules = [];
    this.goneAs = 'event';
  }

  /** The faults that strike this request; counts them as used. */
  take(request: ApiRequest): Fault[] {
    const struck = this.rules.filter((rule) => rule.left > 0 && matches(rule.match, request));
    for (const rule of struck) rule.left -= 1;
    this.rules = this.rules.filter((rule) => rule.left > 0);
    return struck.map((rule) => rule.fault);
  }

  private add(fault: Fault, { match = {}, count = Number.POSITIVE_INFINITY }: Reach): Lift {
    const rule: Rule = { fault, match, left: count };
    this.rules.push(rule);
    return () => {
      this.rules = this.rules.filter((other) => other !== rule);
    };
  }
}

/** Whether a request is one of those meant. */
export function matches(match: RequestMatch, request: ApiRequest): boolean {
  const facts: RequestMatch = { ...request, resource: request.resource.plural };
  const fields = ['verb', 'resource', 'namespace', 'name'] as const;
  return (
    fields.every((field) => match[field] === undefined || match[field] === facts[field]) &&
    request.userAgent.startsWith(match.userAgent ?? '')
  );
}
