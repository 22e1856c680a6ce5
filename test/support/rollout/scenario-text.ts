import { gateSpec } from '@app/contracts/policy/gate-schema';
import { resolveGates } from '@app/contracts/policy/gates';
import type { Amount, FailureLimit } from '@app/contracts/policy/resolved';
import { HOUR, MINUTE, SECOND, type Rules, type WaveRules } from './fixtures';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: 24 * HOUR };

/** `1h30m` in milliseconds. */
export function durationOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)];
  if (parts.length === 0) throw new Error(`not a duration: ${text}`);
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
}

/** `c01..c03`, `c01,c07`, `c01`. */
export function clustersIn(text: string): readonly string[] {
  const range = /^c(\d+)\.\.c(\d+)$/.exec(text);
  if (range === null) return text.split(',');
  const [from, to] = [Number(range[1]), Number(range[2])];
  return Array.from({ length: to - from + 1 }, (_, at) => `c${String(from + at).padStart(2, '0')}`);
}

/** The `key=value` words of a line; `_` in a value is a blank. */
export const optionsOf = (words: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    words
      .filter((word) => word.includes('='))
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1).replaceAll('_', ' ')]),
  );

const amountOf = (text: string): Amount =>
  text.endsWith('%') ? { percent: Number(text.slice(0, -1)) } : { count: Number(text) };

const failuresIn = (text: string): FailureLimit => {
  const amount = amountOf(text);
  return { count: 0, percent: 0, ...amount };
};

const DEFAULTS = {
  onFailure: 'halt',
  start: 'auto',
  workloads: 'web',
  maxDeferred: '10%',
  offline: 'defer',
  ack: '60s',
  progress: '10m',
  lost: '10m',
  grace: '5m',
  ttl: '72h',
} as const;

const reactionOf = (text: string): Rules['onFailure'] => {
  if (text !== 'halt' && text !== 'continue' && text !== 'cancel') throw new Error(`onFailure ${text}`);
  return text;
};

const offlineOf = (text: string): NonNullable<Rules['offline']> => {
  if (text !== 'defer' && text !== 'wait' && text !== 'skip' && text !== 'fail') throw new Error(`offline ${text}`);
  return text;
};

/** Reads a `new` block: options of the policy on its first line, then the waves, each followed by its gates. */
export function rulesOf(block: string): Rules {
  const [head = '', ...lines] = block.split('\n');
  const given = optionsOf(head.split(/\s+/));
  const options: Record<keyof typeof DEFAULTS, string> = { ...DEFAULTS, ...given };
  return {
    waves: lines.reduce(withLine, []),
    workloads: options.workloads.split(','),
    onFailure: reactionOf(options.onFailure),
    maxFailures: given.failures === undefined ? null : failuresIn(given.failures),
    start: options.start === 'manual' ? 'manual' : 'auto',
    maxDeferred: amountOf(options.maxDeferred),
    absent: given.absent === undefined ? [] : clustersIn(given.absent),
    offline: offlineOf(options.offline),
    target: {
      ackDeadlineMs: durationOf(options.ack),
      progressDeadlineMs: durationOf(options.progress),
      lostAfterMs: durationOf(options.lost),
    },
    graceMs: durationOf(options.grace),
    deferTtlMs: durationOf(options.ttl),
  };
}

/** A line is a wave, or a gate of the wave before it: `before approval count=2`. */
function withLine(waves: readonly WaveRules[], text: string): readonly WaveRules[] {
  const line = text.trim();
  const [side = '', type] = line.split(/\s+/);
  const last = waves.at(-1);
  if ((side !== 'before' && side !== 'after') || last === undefined) return [...waves, waveOf(line)];
  const { count, notRequester, approvers, ...options } = optionsOf(line.split(/\s+/));
  const gate = gateSpec.parse({
    ...{ type, ...options },
    ...(count !== undefined && { count: Number(count) }),
    ...(notRequester !== undefined && { notRequester: true }),
    ...(approvers !== undefined && { approvers: approvers.split(',') }),
  });
  return [...waves.slice(0, -1), { ...last, gates: [...(last.gates ?? []), ...resolveGates({ [side]: [gate] })] }];
}

function waveOf(line: string): WaveRules {
  const words = line.split(/\s+/);
  const [word, name = '', clusters = ''] = words;
  if (word !== 'wave') throw new Error(`not a wave: ${line}`);
  const options = optionsOf(words);
  return {
    name,
    clusters: clusters === '-' ? [] : clustersIn(clusters),
    after: options.after === undefined ? [] : options.after.split(','),
    concurrency: amountOf(options.concurrency ?? '100%'),
    failures: failuresIn(options.failures ?? '0'),
    exposure: words.includes('bounded') ? 'bounded' : 'unbounded',
    soakMs: options.soak === undefined ? 0 : durationOf(options.soak),
  };
}
