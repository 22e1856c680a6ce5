import { gateProblems } from './gates';
import { ExpressionError, parseRolloutExpression } from './one-line';
import type { PolicyProblem, PolicyWarning } from './problems';
import { resolveCoalesce, resolvePolicy } from './resolve';
import type { ResolvedPolicy, ResolvedWave } from './resolved';
import { fullPolicy, type PolicySpec, policySpec, shortPolicy } from './schema';
import { schemaProblems, withoutFaults } from './schema-problems';
import { waveProblems } from './waves';
import { windowProblems } from './windows';

export type ParsedPolicy = Readonly<
  | { ok: true; policy: ResolvedPolicy; warnings: readonly PolicyWarning[] }
  | { ok: false; problems: readonly PolicyProblem[] }
>;

/**
 * Reads a policy document in its one-line or full form, with every problem at once.
 * @param name from the path of the request; the document may leave its own out but not name another.
 */
export function parsePolicy(document: unknown, name?: string): ParsedPolicy {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    const expected = 'an object, for example {"rollout": "canary"}';
    return { ok: false, problems: [{ pointer: '', code: 'TYPE', detail: `a policy is ${expected}`, expected }] };
  }
  const full = !('rollout' in document);
  const faults = formFaults(document, full);
  const spec = specOf(document, full);
  const more = [...nameProblems(document, name, full), ...specProblems(spec, full)];
  const problems = [...faults, ...more.filter((problem) => !isExplained(problem, faults))];
  if (problems.length > 0 || spec === null) return { ok: false, problems };
  const policy = resolvePolicy(namedBy(document, full) ?? name ?? '', spec, full);
  return { ok: true, policy, warnings: warningsOf(policy) };
}

function formFaults(document: object, full: boolean): readonly PolicyProblem[] {
  const read = full ? fullPolicy.safeParse(document) : shortPolicy.safeParse(document);
  return read.success ? [] : schemaProblems(read.error, document, full);
}

/** Taking out a fault can lay bare another: what was needed is missing then. */
const ROUNDS = 4;

/** What the document asks for, without what the schema refuses; null when too little is left to say more about it. */
function specOf(document: object, full: boolean): PolicySpec | null {
  const fields = (full ? Reflect.get(document, 'spec') : document) as unknown;
  if (typeof fields !== 'object' || fields === null) return null;
  const { name: _name, ...rest } = fields as Record<string, unknown>;
  let asked: object = full ? fields : rest;
  for (let round = 0; round < ROUNDS; round++) {
    const read = policySpec.safeParse(asked);
    if (read.success) return read.data;
    asked = withoutFaults(asked, read.error);
  }
  return null;
}

function namedBy(document: object, full: boolean): string | undefined {
  const holder = (full ? Reflect.get(document, 'metadata') : document) as unknown;
  const name: unknown = typeof holder === 'object' && holder !== null ? Reflect.get(holder, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

function nameProblems(document: object, name: string | undefined, full: boolean): PolicyProblem[] {
  const named = namedBy(document, full);
  const pointer = full ? '/metadata/name' : '/name';
  if (named === undefined && name === undefined)
    return [{ pointer, code: 'REQUIRED', detail: 'a policy needs a name', expected: 'a DNS label' }];
  if (named === undefined || name === undefined || named === name) return [];
  const detail = `says "${named.slice(0, 100)}" but the request is for "${name}"`;
  return [{ pointer, code: 'NAME_MISMATCH', detail, expected: name }];
}

const specProblems = (spec: PolicySpec | null, full: boolean): PolicyProblem[] =>
  spec === null
    ? []
    : [
        ...formProblems(spec, full),
        ...lineProblems(spec, full),
        ...waveProblems(spec),
        ...gateProblems(spec.waves ?? []),
        ...coalesceProblems(spec),
        ...windowProblems(spec.windows),
      ];

/** Keys that only the schema knows do not bear on anything else; other faults may be the cause of what is found beside them. */
const HARMLESS = new Set(['UNKNOWN_FIELD', 'NOT_SUPPORTED_YET']);

/** Found by looking at one name alone. */
const BY_THEMSELVES = new Set(['DUPLICATE_NAME', 'DUPLICATE_REST', 'UNKNOWN_WAVE', 'NAME_MISMATCH']);

function isExplained({ pointer, code }: PolicyProblem, faults: readonly PolicyProblem[]): boolean {
  const grave = faults.filter((fault) => !HARMLESS.has(fault.code)).map((fault) => fault.pointer);
  if (BY_THEMSELVES.has(code)) return grave.includes(pointer);
  if (code === 'CYCLE') return grave.some((place) => /^\/spec\/waves\/\d+(\/(name|dependsOn)|$)/.test(place));
  if (pointer === '/spec') return grave.some((place) => /^\/spec(\/rollout|\/waves|$)/.test(place));
  const around = pointer.slice(0, pointer.lastIndexOf('/') + 1);
  return grave.some((place) => place === pointer || (around.length > '/spec/'.length && place.startsWith(around)));
}

function lineProblems({ rollout }: PolicySpec, full: boolean): PolicyProblem[] {
  if (rollout === undefined) return [];
  try {
    parseRolloutExpression(rollout);
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const expected = 'a preset (all, one-by-one, canary, careful, manual, off) or "waves / soak ! failures"';
    return [{ pointer: full ? '/spec/rollout' : '/rollout', code: error.code, detail: error.message, expected }];
  }
}

function formProblems(spec: PolicySpec, full: boolean): PolicyProblem[] {
  if (!full) return [];
  if (spec.rollout === undefined && spec.waves === undefined) {
    return [{ pointer: '/spec', code: 'REQUIRED', detail: 'needs either rollout (one line) or waves' }];
  }
  if (spec.rollout !== undefined && spec.waves !== undefined) {
    return [{ pointer: '/spec/rollout', code: 'EXCLUSIVE', detail: 'rollout and waves say the same thing: keep one' }];
  }
  return [];
}

function coalesceProblems(spec: PolicySpec): PolicyProblem[] {
  const { quietMs, maxWaitMs } = resolveCoalesce(spec.coalesce);
  const { by, label } = spec.coalesce ?? {};
  const idle = { pointer: '/spec/coalesce/label', code: 'EXCLUSIVE', detail: 'means something only with by: label' };
  const long = { pointer: '/spec/coalesce/quietPeriod', code: 'RANGE', detail: 'must not be longer than maxWait' };
  return [...(label !== undefined && by !== 'label' ? [idle] : []), ...(quietMs > maxWaitMs ? [long] : [])];
}

const warningsOf = ({ waves }: ResolvedPolicy): PolicyWarning[] => waves.flatMap(waveWarnings);

/** What is known of a wave before there are clusters in it. */
function waveWarnings({ name, failureExposure, maxFailures: { count, percent } }: ResolvedWave): PolicyWarning[] {
  if (percent >= 100) {
    const detail = `wave "${name}" halts on no number of failures: all its clusters may fail; it would still end Failed`;
    return [{ code: 'TOLERATES_TOTAL_FAILURE', detail }];
  }
  if (failureExposure !== 'bounded' || count > 0 || percent > 0) return [];
  const detail = `wave "${name}" tolerates no failure and is bounded: one cluster at a time, whatever maxConcurrency says`;
  return [{ code: 'BOUNDED_IS_SERIAL', detail }];
}
