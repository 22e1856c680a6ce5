import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml';
import type { PolicyProblem } from './problems';
import { placeOf, pointerAt } from './yaml-place';

/** Longest text that is read, in characters. The largest policy that the language allows is a fraction of it. */
export const MAX_POLICY_TEXT = 256 * 1024;
/** No policy nests as deep as this. */
const MAX_DEPTH = 64;
/** More faults of one text than these help nobody. */
const MOST_FAULTS = 100;

type Place = Readonly<{ line: number; column: number }>;
export type YamlReading = Readonly<{ ok: true; value: unknown } | { ok: false; problems: readonly PolicyProblem[] }>;

/** Where the parts of a document were in its text; forgotten together with the document. */
const PLACES = new WeakMap<object, (pointer: string) => Place>();

/** The one document of a YAML text, or every fault of the text with its place. */
export function readYaml(text: string): YamlReading {
  const [first, second] = readAllYaml(text);
  if (second !== undefined) {
    return refuse({ pointer: '', code: 'MULTIPLE_DOCS', detail: 'the text holds more than one document', ...START });
  }
  return first ?? { ok: true, value: null };
}

/** The documents of a YAML text. Aliases are refused: a small text could unfold into a huge one. */
export function readAllYaml(text: string): readonly YamlReading[] {
  if (text.length > MAX_POLICY_TEXT) {
    const expected = `at most ${MAX_POLICY_TEXT} characters`;
    return [
      refuse({ pointer: '', code: 'TOO_LARGE', detail: `the text is too long: ${expected}`, expected, ...START }),
    ];
  }
  const lines = new LineCounter();
  try {
    // The parser's own look for keys that are said twice takes time by the square of their number.
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    return [...documents].map((document) => readDocument(document, lines));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [refuse(TOO_DEEP)];
  }
}

/** The same problems, with line and column where the document was read from YAML. */
export function located(problems: readonly PolicyProblem[], document: unknown): readonly PolicyProblem[] {
  const place = typeof document === 'object' && document !== null ? PLACES.get(document) : undefined;
  return place === undefined ? problems : problems.map((problem) => ({ ...problem, ...place(problem.pointer) }));
}

/** `12:3 /spec/waves/0/soak: what is wrong`, as far as known. */
export const problemLine = ({ line, column, pointer, detail }: PolicyProblem): string =>
  [...(line === undefined ? [] : [`${line}:${column ?? 1}`]), ...(pointer === '' ? [] : [pointer])].join(' ') +
  `${line === undefined && pointer === '' ? '' : ': '}${detail}`;

const START: Place = { line: 1, column: 1 };
const TOO_DEEP: PolicyProblem = {
  ...{ pointer: '', code: 'TOO_DEEP', detail: `the document nests deeper than ${MAX_DEPTH} levels` },
  ...{ expected: `at most ${MAX_DEPTH} levels`, ...START },
};
const refuse = (...problems: readonly PolicyProblem[]): YamlReading => ({ ok: false, problems });

function readDocument(document: Document.Parsed, lines: LineCounter): YamlReading {
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (depthOf(document.contents) > MAX_DEPTH) return refuse(TOO_DEEP);
  const faults = [
    ...document.errors.slice(0, MOST_FAULTS + 1).map((error) => syntaxFault(document, error)),
    ...contentFaults(document),
  ];
  const problems = faults.map(({ offset, ...fault }) => ({ ...fault, ...at(offset) }));
  if (problems.length > 0) return refuse(...few(problems));
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (typeof value === 'object' && value !== null) PLACES.set(value, (pointer) => at(placeOf(document, pointer)));
  return { ok: true, value };
}

type Fault = Readonly<{ pointer: string; code: string; detail: string; expected: string; offset: number }>;

function syntaxFault(
  document: Document,
  { code, message, pos }: Readonly<{ code: string; message: string; pos: readonly [number, number] }>,
): Fault {
  const detail = `the body is not YAML: ${message}`;
  return { pointer: pointerAt(document, pos[0]), code, detail, expected: 'YAML 1.2', offset: pos[0] };
}

/** What is YAML and can not be taken: aliases, and keys that are said twice. */
function contentFaults(document: Document): readonly Fault[] {
  const found: Omit<Fault, 'pointer'>[] = [];
  visit(document, {
    Alias: (_key, { source, range }) => {
      const detail = `the alias *${source} is not accepted: write the value out`;
      const expected = 'the value itself, written out';
      found.push({ code: 'ALIAS', detail, expected, offset: range?.[0] ?? 0 });
    },
    Map: (_key, map) => void found.push(...keysSaidTwice(map)),
  });
  const few = found.slice(0, MOST_FAULTS + 1);
  return few.map((fault) => ({ ...fault, pointer: pointerAt(document, fault.offset) }));
}

function keysSaidTwice(map: YAMLMap): readonly Omit<Fault, 'pointer'>[] {
  const seen = new Set<unknown>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const text = String(key.value);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    const detail = `"${text.slice(0, 100)}" is said twice`;
    return [{ code: 'DUPLICATE_KEY', detail, expected: 'each key once', offset: key.range?.[0] ?? 0 }];
  });
}

const few = (problems: readonly PolicyProblem[]): readonly PolicyProblem[] =>
  problems.length <= MOST_FAULTS
    ? problems
    : [...problems.slice(0, MOST_FAULTS), { pointer: '', code: 'MORE', detail: 'and more' }];

/** How deep collections nest, counted until it is too deep; without recursion, for a hostile text. */
function depthOf(root: unknown): number {
  let level: readonly unknown[] = [root];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const next = level.flatMap((node): unknown[] => {
      if (isAlias(node)) return [];
      if (isSeq(node)) return node.items;
      return isMap(node) ? node.items.flatMap(({ key, value }) => [key, value]) : [];
    });
    if (next.length === 0) return depth;
    level = next;
  }
  return MAX_DEPTH + 1;
}
