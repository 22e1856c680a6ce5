import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { AGENT_CASES } from './agent-cases';
import { documentsOf, type Document, type Outcome } from './documents';
import { PROTOCOL_CASES } from './protocol-cases';
import { ROLLOUTS_CASES } from './rollouts-cases';

type Report = Readonly<{
  testResults: readonly Readonly<{
    name: string;
    assertionResults: readonly Readonly<{ ancestorTitles: readonly string[]; title: string; status: string }>[];
  }>[];
}>;

const LISTS = { agent: AGENT_CASES, rollouts: ROLLOUTS_CASES, protocol: PROTOCOL_CASES };

function outcomesIn(folder: string, root: string): readonly Outcome[] {
  const reports = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return reports
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report)
    .flatMap(({ testResults }) => testResults)
    .flatMap(({ name, assertionResults }) => {
      const file = relative(root, name).split(sep).join('/');
      return assertionResults.map(({ ancestorTitles: ancestors, title, status }) => {
        return { file, ancestors, title, passed: status === 'passed' };
      });
    });
}

function isCurrent(root: string, { path, text }: Document): boolean {
  try {
    return readFileSync(join(root, path), 'utf8') === text;
  } catch {
    return false;
  }
}

/**
 * Called with `write` or `check`, the folder of Jest's reports of all levels, and the repository: brings the documents
 * up to date, or says that they are not. The exit code is 1 when they are not, or when a test names an unknown case.
 */
function main([mode, folder = '', root = '']: readonly string[]): number {
  const { documents, unknown } = documentsOf(LISTS, outcomesIn(folder, root));
  for (const name of unknown) say(`a test names the acceptance case "${name}", which no list has`);
  const stale = documents.filter((document) => !isCurrent(root, document));
  for (const { path, text } of stale) {
    if (mode === 'write') writeFileSync(join(root, path), text);
    say(
      mode === 'write' ? `${path} was written anew` : `${path} does not say what the tests say: run npm test, commit`,
    );
  }
  return unknown.length > 0 || (mode !== 'write' && stale.length > 0) ? 1 : 0;
}

const say = (text: string): boolean => process.stderr.write(`fleet-reloader: ${text}\n`);

process.exitCode = main(process.argv.slice(2));
