import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document as YamlDocument, isMap, LineCounter, parseAllDocuments } from 'yaml';
import { placeOf } from '@app/contracts/policy/yaml-place';
import type { CliIo } from '../context';
import { UsageFailure } from '../failure';
import { readAll } from '../input';
import { type Document, isObject, nameOf } from './core/named-document';

/** A policy as a file has it. */
export type FileDocument = Readonly<{
  name: string | undefined;
  document: Document;
  /** `file:line:column` of a JSON pointer into the document. */
  place: (pointer: string) => string;
}>;

/** What is wrong at one place (`file:line:column`). */
export type PlacedFault = Readonly<{ place: string; detail: string }>;

/** Documents that could be read, and the faults of those that could not. */
export type Reading = Readonly<{ documents: readonly FileDocument[]; faults: readonly PlacedFault[] }>;

/** Reads YAML or JSON from files, from directories (their files by name), and from standard input (`-`). */
export async function readDocuments(io: CliIo, paths: readonly string[]): Promise<Reading> {
  const documents: FileDocument[] = [];
  const faults: PlacedFault[] = [];
  for (const path of paths.flatMap(filesAt)) {
    const text = path === '-' ? await readAll(io.stdin) : readFile(path);
    const read = documentsIn(path === '-' ? '(stdin)' : path, text);
    documents.push(...read.documents);
    faults.push(...read.faults);
  }
  return { documents, faults: [...faults, ...namedTwice(documents)] };
}

/** The documents of one file; a list (`{items: […]}`) counts as its items. */
export function documentsIn(file: string, text: string): Reading {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (!Array.isArray(parsed)) return { documents: [], faults: [] };
  const documents: FileDocument[] = [];
  const faults: PlacedFault[] = [];
  for (const one of parsed) {
    const at = (offset: number): string => {
      const { line, col } = lines.linePos(offset);
      return `${file}:${line}:${col}`;
    };
    if (one.errors.length > 0)
      faults.push(...one.errors.map(({ pos, message }) => ({ place: at(pos[0]), detail: message })));
    else collect({ one, at }, documents, faults);
  }
  return { documents, faults };
}

type Parsed = Readonly<{ one: YamlDocument.Parsed; at: (offset: number) => string }>;

function collect({ one, at }: Parsed, documents: FileDocument[], faults: PlacedFault[]): void {
  const value: unknown = valueOf(one, faults, at);
  if (value === null || value === undefined) return; // nothing but comments between two `---`
  const items = isObject(value) && Array.isArray(value['items']) ? (value['items'] as unknown[]) : undefined;
  const listed = (items ?? [value]).map((item, index) => ({ item, prefix: items ? `/items/${index}` : '' }));
  for (const { item, prefix } of listed) {
    const place = (pointer: string): string => at(placeOf(one, `${prefix}${pointer}`));
    if (isObject(item)) documents.push({ name: nameOf(item), document: item, place });
    else faults.push({ place: place(''), detail: 'a policy is an object, for example {name: prod, rollout: canary}' });
  }
}

function valueOf(one: YamlDocument.Parsed, faults: PlacedFault[], at: Parsed['at']): unknown {
  try {
    return one.toJS() as unknown;
  } catch (error) {
    const place = at(isMap(one.contents) ? (one.contents.range?.[0] ?? 0) : 0);
    faults.push({ place, detail: errorText(error) });
    return undefined;
  }
}

function namedTwice(documents: readonly FileDocument[]): PlacedFault[] {
  const first = new Map<string, FileDocument>();
  return documents.flatMap((document) => {
    const { name, place } = document;
    if (name === undefined) return [];
    const other = first.get(name);
    first.set(name, other ?? document);
    return other ? [{ place: place(''), detail: `policy "${name}" is also at ${other.place('')}` }] : [];
  });
}

const POLICY_FILE = /\.(ya?ml|json)$/;

function filesAt(path: string): string[] {
  if (path === '-') return [path];
  try {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path).filter((name) => POLICY_FILE.test(name));
    return files.sort().map((name) => join(path, name));
  } catch (error) {
    throw new UsageFailure(`${path} can not be read: ${errorText(error)}`);
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageFailure(`${path} can not be read: ${errorText(error)}`);
  }
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
