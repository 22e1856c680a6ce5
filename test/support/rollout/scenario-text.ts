import { gateSpec } from '@app/contracts/policy/gate-schema';
import { resolveGates } from '@app/contracts/policy/gates';
import type { Amount, FailureLimit } from '@app/contracts/policy/amounts';
import type { Ramp, Retry } from '@app/contracts/policy/rules';
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
  joiners: 'catchUp',
  supersede: 'latestWins',
  leavers: 'skip',
  ack: '60s',
  progress: '10m',
  lost: '10m',
  grace: '5m',
  ttl: '72h',
} as const;

/** The word, if it is one of these. */
const wordOf = <T extends string>(text: string, words: readonly T[]): T => {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new Error(`${text} is none of ${words.join(', ')}`);
  return found;
};

/** Reads a `new` block: options of the policy on its first line, then the waves, each followed by its gates. */
export function rulesOf(block: string): Rules {
  const [head = '', ...lines] = block.split('\n');
  const given = optionsOf(head.split(/\s+/));
  const options: Record<keyof typeof DEFAULTS, string> = { ...DEFAULTS, ...given };
  return {
    waves: lines.reduce(withLine, []),
    workloads: options.workloads.split(','),
    onFailure: wordOf(options.onFailure, ['halt', 'continue', 'cancel']),
    maxFailures: given.failures === undefined ? null : failuresIn(given.failures),
    start: options.start === 'manual' ? 'manual' : 'auto',
    maxDeferred: amountOf(options.maxDeferred),
    absent: given.absent === undefined ? [] : clustersIn(given.absent),
    offline: wordOf(options.offline, ['defer', 'wait', 'skip', 'fail']),
    supersede: { policy: wordOf(options.supersede, ['latestWins', 'queue', 'reject']), maxChain: 5 },
    joiners: wordOf(options.joiners, ['catchUp', 'join', 'ignore']),
    leavers: wordOf(options.leavers, ['skip', 'fail']),
    ...(given.policiesBefore !== undefined && { policiesBefore: given.policiesBefore.split(',') }),
    ...(given.haltTtl !== undefined && { haltTtlMs: durationOf(given.haltTtl) }),
    target: {
      ackDeadlineMs: durationOf(options.ack),
      progressDeadlineMs: durationOf(options.progress),
      lostAfterMs: durationOf(options.lost),
      ...(given.sourceDeadline !== undefined && { sourceDeadlineMs: durationOf(given.sourceDeadline) }),
      ...(given.minReady !== undefined && { minReadyMs: durationOf(given.minReady) }),
      ...(given.retry !== undefined && { retry: retryOf(given.retry) }),
    },
    graceMs: durationOf(options.grace),
    deferTtlMs: durationOf(options.ttl),
  };
}

/** `3x30s`: three tries in all, 30 s apart at first. */
function retryOf(text: string): Retry {
  const [attempts = '', base = ''] = text.split('x');
  return { attempts: Number(attempts), exponential: true, baseMs: durationOf(base), maxMs: 10 * MINUTE, jitter: 0 };
}

/** `1x2`: one at first, then twice as many each time. */
function rampIn(text: string | undefined): Readonly<{ ramp?: Ramp }> {
  if (text === undefined) return {};
  const [start, factor] = text.split('x').map(Number);
  return { ramp: { start: start ?? 1, factor: factor ?? 2 } };
}

const regressionIn = (text: string | undefined): Pick<WaveRules, 'onRegression'> =>
  text === undefined ? {} : { onRegression: wordOf(text, ['fail', 'reset']) };

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
  const { soak = '0s', concurrency = '100%', failures = '0', ...options } = optionsOf(words);
  return {
    name,
    clusters: clusters === '-' ? [] : clustersIn(clusters),
    after: options.after === undefined ? [] : options.after.split(','),
    concurrency: amountOf(concurrency),
    failures: failuresIn(failures),
    exposure: words.includes('bounded') ? 'bounded' : 'unbounded',
    soakMs: durationOf(soak),
    ...rampIn(options.ramp),
    ...regressionIn(options.lost),
  };
}
