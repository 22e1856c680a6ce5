import type { z } from 'zod';
import { gateProblems } from './gates';
import { ExpressionError } from './one-line';
import type { PolicyProblem, PolicyWarning } from './problems';
import { resolveCoalesce, resolvePolicy } from './resolve';
import type { ResolvedPolicy } from './resolved';
import { fullPolicy, NOT_SUPPORTED_YET, shortPolicy, VALUES_NOT_SUPPORTED_YET, type PolicySpec } from './schema';
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
  const read = readDocument(document);
  if (!read.ok) return read;
  const named = read.name ?? name;
  if (named === undefined) return refuse('/name', 'REQUIRED', 'a policy needs a name');
  if (name !== undefined && named !== name) {
    return refuse(
      read.full ? '/metadata/name' : '/name',
      'NAME_MISMATCH',
      `says "${named}" but the request is for "${name}"`,
    );
  }
  const problems = [
    ...formProblems(read.spec, read.full),
    ...waveProblems(read.spec),
    ...gateProblems(read.spec.waves ?? []),
    ...coalesceProblems(read.spec),
    ...windowProblems(read.spec.windows),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return resolve(named, read.spec, read.full);
}

function resolve(name: string, spec: PolicySpec, full: boolean): ParsedPolicy {
  try {
    const policy = resolvePolicy(name, spec, full);
    return { ok: true, policy, warnings: warningsOf(policy) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return refuse(full ? '/spec/rollout' : '/rollout', error.code, error.message);
  }
}

const refuse = (pointer: string, code: string, detail: string): ParsedPolicy => ({
  ok: false,
  problems: [{ pointer, code, detail }],
});

type Read = Readonly<
  | { ok: true; name: string | undefined; spec: PolicySpec; full: boolean }
  | { ok: false; problems: readonly PolicyProblem[] }
>;

function readDocument(document: unknown): Read {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return {
      ok: false,
      problems: [{ pointer: '', code: 'TYPE', detail: 'a policy is an object, for example {"rollout": "canary"}' }],
    };
  }
  if ('rollout' in document) {
    const short = shortPolicy.safeParse(document);
    if (!short.success) return { ok: false, problems: toProblems(short.error, document) };
    const { name, ...spec } = short.data;
    return { ok: true, name, spec, full: false };
  }
  const full = fullPolicy.safeParse(document);
  if (!full.success) return { ok: false, problems: toProblems(full.error, document) };
  return { ok: true, name: full.data.metadata.name, spec: full.data.spec, full: true };
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
  if (quietMs <= maxWaitMs) return [];
  return [{ pointer: '/spec/coalesce/quietPeriod', code: 'RANGE', detail: 'must not be longer than maxWait' }];
}

function warningsOf(policy: ResolvedPolicy): PolicyWarning[] {
  return policy.waves
    .filter(
      (wave) => wave.failureExposure === 'bounded' && wave.maxFailures.count === 0 && wave.maxFailures.percent === 0,
    )
    .map((wave) => ({
      code: 'BOUNDED_IS_SERIAL',
      detail: `wave "${wave.name}" tolerates no failure and is bounded: one cluster at a time, whatever maxConcurrency says`,
    }));
}

function toProblems(error: z.ZodError, document: object): PolicyProblem[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...at, key]));
    const unsupported = unsupportedValue(at, document);
    return [unsupported ?? { pointer: toPointer(at), code: issue.code.toUpperCase(), detail: innermost(issue) }];
  });
}

function unknownKey(path: readonly string[]): PolicyProblem {
  const pointer = toPointer(path);
  return NOT_SUPPORTED_YET.has(toPattern(path))
    ? { pointer, code: 'NOT_SUPPORTED_YET', detail: `"${path.at(-1)}" is not supported yet` }
    : { pointer, code: 'UNKNOWN_FIELD', detail: `unknown field "${path.at(-1)}"` };
}

function unsupportedValue(path: readonly string[], document: object): PolicyProblem | undefined {
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
  if (typeof value !== 'string' || !VALUES_NOT_SUPPORTED_YET[toPattern(path)]?.includes(value)) return undefined;
  return { pointer: toPointer(path), code: 'NOT_SUPPORTED_YET', detail: `"${value}" is not supported yet` };
}

/** A union reports one message for all its members; the first member's is the one people can act on. */
function innermost(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const first = issue.errors.flat()[0];
  return first ? first.message : issue.message;
}

const toPointer = (path: readonly string[]): string =>
  path.map((part) => `/${part.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
const toPattern = (path: readonly string[]): string =>
  path.map((part) => (/^\d+$/.test(part) ? '/*' : `/${part}`)).join('');
