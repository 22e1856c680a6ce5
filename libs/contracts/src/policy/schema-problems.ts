import type { z } from 'zod';
import { expectedAt } from './json-schema';
import type { PolicyProblem } from './problems';
import { NOT_SUPPORTED_YET, VALUES_NOT_SUPPORTED_YET } from './schema';

type Path = readonly string[];

/** What the schema found in a document, in the words of policies: unknown fields one by one, each with what may stand there. */
export function schemaProblems(error: z.ZodError, document: object, full: boolean): PolicyProblem[] {
  return error.issues.flatMap(fromMember).flatMap((issue) => {
    const at = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(at, key, full));
    const unsupported = unsupportedValue(at, document);
    return [unsupported ?? fault(issue, at, full)];
  });
}

function fault(issue: z.core.$ZodIssue, at: Path, full: boolean): PolicyProblem {
  const isAbsent = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  const detail = isAbsent ? 'is needed' : innermost(issue);
  const code = isAbsent ? 'REQUIRED' : codeOf(issue);
  const expected = expectedAt(at, full) ?? /must be (.*)/.exec(detail)?.[1];
  return { pointer: toPointer(at), code, detail, ...(expected === undefined ? {} : { expected }) };
}

/** Checks that the schema library does not know of have no name of their own. */
const codeOf = ({ code }: z.core.$ZodIssue): string => (code === 'custom' ? 'INVALID' : code.toUpperCase());

function unknownKey(parent: Path, key: string, full: boolean): PolicyProblem {
  const path = [...parent, key];
  const pointer = toPointer(path);
  if (NOT_SUPPORTED_YET.has(toPattern(path)))
    return { pointer, code: 'NOT_SUPPORTED_YET', detail: `"${key}" is not supported yet` };
  const expected = expectedAt(parent, full);
  return {
    ...{ pointer, code: 'UNKNOWN_FIELD', detail: `unknown field "${key.slice(0, 100)}"` },
    ...(expected === undefined ? {} : { expected }),
  };
}

function unsupportedValue(path: Path, document: object): PolicyProblem | undefined {
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
  if (typeof value !== 'string' || !VALUES_NOT_SUPPORTED_YET[toPattern(path)]?.includes(value)) return undefined;
  return { pointer: toPointer(path), code: 'NOT_SUPPORTED_YET', detail: `"${value}" is not supported yet` };
}

/** Where the value has the shape of one member of a union, what that one finds inside of it is what is wrong. */
function fromMember(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isInside = ({ code, path }: z.core.$ZodIssue): boolean => code === 'unrecognized_keys' || path.length > 0;
  const found = issue.errors.find((member) => member.length > 0 && member.every(isInside));
  return found?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

/** A union reports one message for all its members; the first member's is the one people can act on. */
function innermost(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const first = issue.errors.flat()[0];
  return first ? first.message : issue.message;
}

const toPointer = (path: Path): string =>
  path.map((part) => `/${part.replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
const toPattern = (path: Path): string => path.map((part) => (/^\d+$/.test(part) ? '/*' : `/${part}`)).join('');

/**
 * A copy of a document without what the schema refused, so that the rest can be checked too. What stands in a list takes
 * the list with it: the places of the other items have to stay.
 */
export function withoutFaults(document: object, error: z.ZodError): object {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  for (const issue of error.issues) {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) remove(copy, [...path, key]);
    else remove(copy, path);
  }
  return copy;
}

/** What a wave or a window can not be without and can not be read is stood in for, so that the rest is still looked at. */
const STAND_INS: Readonly<Record<string, (index: string) => unknown>> = {
  '/waves/*/clusters': () => ({ names: ['unread'] }),
  '/windows/*/name': (index) => `unread-${index}`,
  '/windows/*/kind': () => 'deny',
  '/windows/*/timezone': () => 'UTC',
};

function remove(root: Record<string, unknown>, path: Path): void {
  const holders = holdersOf(root, path);
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const holder = holders[depth];
    if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) continue;
    const key = path[depth] ?? '';
    const standIn = depth === path.length - 1 ? STAND_INS[toPattern(path)] : undefined;
    if (standIn) {
      Reflect.set(holder, key, standIn(path[depth - 1] ?? ''));
      return;
    }
    if (!Object.hasOwn(holder, key)) continue;
    Reflect.deleteProperty(holder, key);
    return;
  }
}

/** Of each step of a path the thing that it is a step into. */
function holdersOf(root: unknown, path: Path): readonly unknown[] {
  const holders: unknown[] = [root];
  for (const step of path) {
    const last: unknown = holders.at(-1);
    const isHolder = typeof last === 'object' && last !== null && Object.hasOwn(last, step);
    holders.push(isHolder ? Reflect.get(last, step) : undefined);
  }
  return holders;
}
