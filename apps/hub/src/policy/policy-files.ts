import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { problemLine, readAllYaml } from '@app/contracts/policy/yaml-text';

/** Where a document says its name. */
const named = z.union([
  z.object({ metadata: z.object({ name: z.string() }) }).transform(({ metadata }) => metadata.name),
  z.object({ name: z.string() }).transform(({ name }) => name),
]);

export type Found = Readonly<{ name: string; document: unknown; file: string }>;

/** What a directory holds. `faults`: what of it says nothing that could be taken over, by file. */
export type PolicyFiles = Readonly<{ found: readonly Found[]; faults: readonly string[]; isEmpty: boolean }>;

/**
 * Reads the YAML and JSON files of a directory as they are at one moment. Rejects when the directory can not be read.
 */
export const readPolicies = async (directory: string): Promise<PolicyFiles> =>
  policiesIn(await atRest(() => readFiles(directory)));

/** Of what keeps changing while it is read. */
const LOOKS = 6;

/**
 * What was read twice in a row: a mounted ConfigMap is exchanged as a whole, and a policy that moves from one of its files to
 * another would be in neither for whoever reads one before that and one after it.
 */
export async function atRest<T>(read: () => Promise<T>): Promise<T> {
  let before = await read();
  for (let look = 1; look < LOOKS; look++) {
    const now = await read();
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
  throw new Error('it changes while it is read');
}

/** Undefined stands for a file that can not be read. */
type Texts = readonly (readonly [file: string, text: string | undefined])[];

async function readFiles(directory: string): Promise<Texts> {
  const files = (await readdir(directory))
    .filter((file) => /\.(ya?ml|json)$/.test(file) && !file.startsWith('.'))
    .sort();
  return Promise.all(
    files.map(async (file) => [file, await readFile(join(directory, file), 'utf8').catch(() => undefined)] as const),
  );
}

function policiesIn(texts: Texts): PolicyFiles {
  const found: Found[] = [];
  const faults: string[] = [];
  for (const [file, text] of texts) {
    if (text === undefined) faults.push(`${file}: can not be read`);
    for (const read of text === undefined ? [] : readAllYaml(text)) {
      const taken = read.ok ? takeOver(read.value, file, found) : read.problems.map(problemLine).join('; ');
      if (typeof taken === 'string') faults.push(`${file}: ${taken}`);
      else found.push(taken);
    }
  }
  return { found, faults, isEmpty: texts.length === 0 };
}

/** The document under its name, or why it is not taken: of two with one name the first counts. */
function takeOver(document: unknown, file: string, others: readonly Found[]): Found | string {
  const name = named.safeParse(document);
  if (!name.success) return 'holds a document that names no policy';
  const first = others.find((other) => other.name === name.data);
  return first ? `names the policy ${name.data}, as ${first.file} does` : { name: name.data, document, file };
}
