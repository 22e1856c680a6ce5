import type { PatchAnswer } from '../kube.port';
import { isRecord } from './json';

/**
 * Why a call got no result.
 * `refused`: the API server answered with an error. `unreachable`: no answer that can be read, and the call may or may
 * not have been done.
 */
export type KubeFailure =
  | Readonly<{ kind: 'refused'; code: number; reason: string; message: string; retryAfterMs: number | null }>
  | Readonly<{ kind: 'unreachable'; reason: 'Timeout' | 'ConnectionFailed' | 'MalformedAnswer'; message: string }>;

const MAX_MESSAGE = 512;
/** No server may hold us off for longer by a header. */
const MAX_RETRY_AFTER_MS = 300_000;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One line of bounded length, fit for a log, an Event and the hub. */
export const sentenceOf = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE);

/** Retry-After in seconds or as an HTTP date, in ms from `now`; null when absent or unreadable. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** Reads a `Status` body; other bodies (a proxy's HTML page) give the bare code. */
export function refusal(code: number, body: unknown, retryAfter: number | null): KubeFailure {
  const status = isRecord(body) && body['kind'] === 'Status' ? body : {};
  return {
    kind: 'refused',
    code,
    reason: textOf(status['reason']) || `Http${code}`,
    message: sentenceOf(textOf(status['message'])) || `the API server answered ${code}`,
    retryAfterMs: retryAfter,
  };
}

type Answered = Readonly<{ ok: true }> | Readonly<{ ok: false; failure: KubeFailure }>;

/** The HTTP code with which the API server refused a call; null: it did not, or gave no answer. */
export const refusedWith = (answer: Answered): number | null =>
  !answer.ok && answer.failure.kind === 'refused' ? answer.failure.code : null;

/** Codes that another try may change: the server is busy, restarting, or our token was just renewed. */
const isPassing = (code: number): boolean => code === 401 || code === 408 || code === 429 || code >= 500;

export const describeFailure = (failure: KubeFailure): string =>
  failure.kind === 'refused'
    ? `${failure.code} ${failure.reason}: ${failure.message}`
    : `${failure.reason}: ${failure.message}`;

/** What a failed template PATCH means to the one who wanted the restart. */
export function patchFailure(failure: KubeFailure): Exclude<PatchAnswer, { kind: 'patched' }> {
  if (failure.kind === 'unreachable') {
    return { kind: 'unavailable', message: describeFailure(failure), retryAfterMs: null, noAnswer: true };
  }
  if (failure.code === 409) return { kind: 'conflict' };
  if (failure.code === 404) return { kind: 'gone' };
  return isPassing(failure.code)
    ? { kind: 'unavailable', message: describeFailure(failure), retryAfterMs: failure.retryAfterMs }
    : { kind: 'rejected', reason: failure.reason, message: failure.message };
}
