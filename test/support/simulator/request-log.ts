import type { RequestMatch } from './faults';
import type { Verb } from './request';

/** One request as the server saw it. It never holds a body: bodies contain Secrets. */
export interface RequestRecord {
  readonly at: number;
  readonly verb: Verb;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly manager: string;
  readonly userAgent: string;
  /** HTTP status; 0 for a request that got no answer. */
  readonly status: number;
}

/** Records kept; counters go on for ever. */
const LIMIT = 1_000;

/** What was asked of one cluster: counters per verb, resource and user agent, and the latest requests in full. */
export class RequestLog {
  private readonly counters = new Map<string, { readonly record: RequestRecord; count: number }>();
  private records: RequestRecord[] = [];

  add(record: RequestRecord): void {
    const key = `${record.verb} ${record.resource} ${record.userAgent}`;
    const counter = this.counters.get(key);
    if (counter) counter.count += 1;
    else this.counters.set(key, { record, count: 1 });
    this.records.push(record);
    if (this.records.length > 2 * LIMIT) this.records = this.records.slice(-LIMIT);
  }

  /** How many requests there were by verb, resource and the beginning of the user agent, since the start or `reset`. */
  count(match: Pick<RequestMatch, 'verb' | 'resource' | 'userAgent'> = {}): number {
    const fitting = [...this.counters.values()].filter(({ record }) => fits(record, match));
    return fitting.reduce((sum, { count }) => sum + count, 0);
  }

  /** The latest requests that fit, oldest first; at least the last 1,000 of the cluster are searched. */
  list(match: RequestMatch = {}): RequestRecord[] {
    return this.records.filter((record) => fits(record, match));
  }

  reset(): void {
    this.counters.clear();
    this.records = [];
  }
}

function fits(record: RequestRecord, match: RequestMatch): boolean {
  const fields = ['verb', 'resource', 'namespace', 'name'] as const;
  return (
    fields.every((field) => match[field] === undefined || match[field] === record[field]) &&
    record.userAgent.startsWith(match.userAgent ?? '')
  );
}
