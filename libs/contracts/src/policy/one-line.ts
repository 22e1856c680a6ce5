import { parseAmount, parseDuration } from './amounts';
import { PLAIN_APPROVAL } from './gates';
import type { Amount, FailureLimit } from './amounts';
import type { ResolvedWave } from './resolved';
import { type Unsaid, USUAL } from './urgency';

export class ExpressionError extends Error {
  constructor(
    readonly code: 'SYNTAX' | 'DUPLICATE_REST',
    message: string,
  ) {
    super(message);
  }
}

export type OneLine = Readonly<{ start: 'auto' | 'manual' | 'off'; waves: readonly ResolvedWave[] }>;

const NO_FAILURES: FailureLimit = { count: 0, percent: 0 };
const PRESETS: ReadonlySet<string> = new Set(['all', 'one-by-one', 'canary', 'careful', 'manual', 'off']);
const CANARY = '1, 10%, rest ! 0';
const CAREFUL = '1, 5%, 25%, rest / 1h ! 0';
/** The soak is behind the last slash, unless a wave follows it: labels such as `topology.kubernetes.io/zone` have one, too. */
const SHAPE = /^([^!]+?)(?:\/([^!/=,]*))?(?:!(.*))?$/;

/**
 * Expands a `rollout:` expression: a preset, or wave sizes with an optional soak and failure limit.
 *
 *   waves [ "/" soak ] [ "!" failures ]      e.g. `@env=dev, 10%, rest / 30m ! 5%`
 *
 * @param unsaid what holds for the numbers that are not in it.
 * @throws ExpressionError that says what was expected.
 */
export function parseRolloutExpression(text: string, unsaid: Unsaid = USUAL): OneLine {
  switch (text.trim()) {
    case 'all':
      return { start: 'auto', waves: [wave('all', { rest: true }, unsaid.maxConcurrency)] };
    case 'one-by-one':
      return { start: 'auto', waves: [wave('all', { rest: true }, { count: 1 })] };
    case 'canary':
      return { start: 'auto', waves: expand(CANARY, unsaid) };
    case 'manual':
      return { start: 'manual', waves: expand(CANARY, unsaid) };
    case 'off':
      return { start: 'off', waves: expand(CANARY, unsaid) };
    case 'careful':
      return { start: 'auto', waves: askedBeforeLast(expand(CAREFUL, unsaid)) };
    default:
      return { start: 'auto', waves: expand(text, unsaid) };
  }
}

const askedBeforeLast = (waves: readonly ResolvedWave[]): readonly ResolvedWave[] =>
  waves.map((each, index) => (index === waves.length - 1 ? { ...each, gates: [PLAIN_APPROVAL] } : each));

function expand(text: string, unsaid: Unsaid): readonly ResolvedWave[] {
  const shape = SHAPE.exec(text.replace(/\s+/g, ''));
  if (!shape) throw new ExpressionError('SYNTAX', `"${text}" is neither a preset nor "waves / soak ! failures"`);
  const soakMs = shape[2] === undefined ? unsaid.soakMs : parseDuration(shape[2]);
  if (soakMs === undefined)
    throw new ExpressionError('SYNTAX', `"${shape[2]}" is not a soak: expected a duration such as 30m`);
  const failures = shape[3] === undefined ? NO_FAILURES : parseFailures(shape[3]);
  const parts = (shape[1] ?? '').split(',');
  if (parts.filter((part) => part === 'rest').length > 1)
    throw new ExpressionError('DUPLICATE_REST', 'only one wave can take the rest');
  const names = new Set<string>();
  return parts.map((part, index) => ({
    ...parseWave(part, names, index === 0 ? { count: 1 } : unsaid.maxConcurrency),
    soakMs: index === parts.length - 1 ? 0 : soakMs,
    maxFailures: failures,
    dependsOn: index === 0 ? [] : [[...names][index - 1] ?? ''],
  }));
}

/** `5` or `5%` as a failure limit. */
export function toFailureLimit(amount: Amount): FailureLimit {
  return 'count' in amount ? { count: amount.count, percent: 0 } : { count: 0, percent: amount.percent };
}

function parseFailures(text: string): FailureLimit {
  const amount = parseAmount(/^\d+$/.test(text) ? Number(text) : text);
  if (!amount)
    throw new ExpressionError(
      'SYNTAX',
      `"${text}" is not a failure limit: expected a number or a percentage up to 100%`,
    );
  return toFailureLimit(amount);
}

function parseWave(part: string, names: Set<string>, concurrency: Amount): ResolvedWave {
  const label = /^@([^=]+)=(.+)$/.exec(part);
  if (label) {
    const selector = [{ key: label[1] ?? '', op: 'in' as const, values: [label[2] ?? ''] }];
    return wave(uniqueName(`${label[1]}-${label[2]}`, names), { selector }, concurrency);
  }
  if (part === 'rest') return wave(uniqueName('rest', names), { rest: true }, concurrency);
  if (PRESETS.has(part))
    throw new ExpressionError(
      'SYNTAX',
      `"${part}" stands alone: write out its waves, such as "1, 10%, rest / 30m ! 1"`,
    );
  const size = parseAmount(/^\d+$/.test(part) ? Number(part) : part);
  if (!size || ('count' in size ? size.count : size.percent) === 0) {
    throw new ExpressionError(
      'SYNTAX',
      `"${part}" is not a wave: expected a number above 0, a percentage, "rest" or "@label=value"`,
    );
  }
  return wave(uniqueName(`wave-${names.size + 1}`, names), { size }, concurrency);
}

/** Names are DNS labels, and no two waves share one. */
function uniqueName(wanted: string, names: Set<string>): string {
  const base =
    wanted
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 55) || 'wave';
  let name = base;
  for (let n = 2; names.has(name); n++) name = `${base}-${n}`;
  names.add(name);
  return name;
}

const wave = (name: string, clusters: Partial<ResolvedWave['clusters']>, maxConcurrency: Amount): ResolvedWave => ({
  name,
  clusters: { selector: null, names: null, size: null, rest: false, orderBy: null, ...clusters },
  dependsOn: [],
  maxConcurrency,
  maxFailures: NO_FAILURES,
  failureExposure: 'unbounded',
  soakMs: 0,
  gates: [],
});
