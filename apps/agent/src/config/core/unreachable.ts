import { parseDurationMs } from './arguments';

/**
 * What happens to a change while the hub can not be reached: nothing; the agent acts by itself after so long;
 * or it acts by itself at once.
 */
export type WhenUnreachable =
  Readonly<{ kind: 'hold' }> | Readonly<{ kind: 'fallback'; afterMs: number }> | Readonly<{ kind: 'immediate' }>;

const MOST_MS = 7 * 24 * 3_600_000;

/** Reads `hold`, `fallback:30m` or `immediate`; undefined for anything else. */
export function readUnreachable(text: string): WhenUnreachable | undefined {
  if (text === 'hold' || text === 'immediate') return { kind: text };
  const afterMs = parseDurationMs(/^fallback:(.+)$/.exec(text)?.[1] ?? '');
  return afterMs === undefined || afterMs > MOST_MS ? undefined : { kind: 'fallback', afterMs };
}
