import type { FieldProblem } from './problem';

type Issue = Readonly<{ path: readonly PropertyKey[]; message: string; code?: string; keys?: readonly string[] }>;
type Part = 'body' | 'query' | 'param' | 'custom';

/** More faults than these are counted, not shown: a hostile body could have any number. */
const MOST = 50;

/**
 * Faults of a request, each with the place it lies at: a JSON pointer into the body, `?name` for the query,
 * `{name}` for the path. Unknown fields are named one by one.
 * @param name of the single query or path parameter that was checked; undefined when the whole was.
 */
export function fieldProblems(issues: readonly Issue[], part: Part, name?: string): FieldProblem[] {
  const all = issues.flatMap((issue): FieldProblem[] => {
    const path = name === undefined ? issue.path : [name, ...issue.path];
    if (issue.code !== 'unrecognized_keys')
      return [{ pointer: pointerOf(path, part), code: 'INVALID', detail: inWords(issue.message) }];
    const unknown = (key: string): FieldProblem => ({
      pointer: pointerOf([...path, key], part),
      code: 'UNKNOWN_FIELD',
      detail: part === 'query' ? `there is no query parameter "${key}"` : `there is no field "${key}"`,
    });
    return (issue.keys ?? []).map((key) => unknown(key.slice(0, 100)));
  });
  if (all.length <= MOST) return all;
  return [...all.slice(0, MOST), { pointer: '', code: 'INVALID', detail: `and ${all.length - MOST} more` }];
}

/** `The policy has 2 faults, the first at /spec/waves: …`: for whoever reads no further. */
export function faultsText(what: string, faults: readonly FieldProblem[]): string {
  const [first] = faults;
  const where = first?.pointer ? ` at ${first.pointer}` : '';
  const count = faults.length > 1 ? `${faults.length} faults, the first` : 'a fault';
  return `The ${what} has ${count}${where}: ${first?.detail ?? 'it can not be used'}`;
}

/** What is not there is said to be missing. */
const inWords = (message: string): string =>
  message.replace(/^Invalid input: expected (.+), received undefined$/, 'is missing; it takes a value of the type $1');

function pointerOf(path: readonly PropertyKey[], part: Part): string {
  const parts = path.map((step) => String(step));
  if (part === 'query') return `?${parts.join('.')}`;
  if (part === 'param') return `{${parts.join('.')}}`;
  return parts.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
