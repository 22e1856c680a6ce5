import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { REASONS } from '@app/contracts/reasons/reasons';
import { buildProgram } from '../../apps/cli/src/program';

const ROOT = join(__dirname, '..', '..');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: ROOT }).sort();
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const withoutBlocks = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** The anchor that a heading gets where documents are read. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
const anchors = (path: string): ReadonlySet<string> =>
  new Set([...withoutBlocks(read(path)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading)));

function brokenLinks(document: string): string[] {
  const links = [...withoutBlocks(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => {
      const [path = '', part] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      return !existsSync(join(ROOT, target)) || (part !== undefined && !anchors(target).has(part));
    });
}

const program = buildProgram({
  ...{ stdout: { write: () => true }, stderr: { write: () => true }, stdin: (async function* () {})() },
  ...{ isTerminal: false, columns: 80, rows: 24, now: () => 0, signal: new AbortController().signal, env: {} },
  finish: () => undefined,
});

/** What of a command line no command, or no flag of it, is known by. */
function unknownWords(line: string): string[] {
  let command = program;
  const flags = new Set(['--help', '-h']);
  const learn = (): void => command.options.forEach(({ long, short }) => flags.add(long ?? '').add(short ?? ''));
  learn();
  const words = line.split(/\s+/);
  let at = 0;
  for (let next = command; at < words.length && next; at += 1) {
    const found = next.commands.find((each) => [each.name(), ...each.aliases()].includes(words[at] ?? ''));
    if (!found) break;
    command = next = found;
    learn();
  }
  const lost = command.commands.length > 0 && /^[a-z]+$/.test(words[at] ?? '') ? [words[at] ?? ''] : [];
  const given = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/, ''));
  return [...lost, ...given.filter((flag) => !flags.has(flag))];
}

/** Command lines in code, each up to where the shell goes on with something else. */
const commandLines = (text: string): string[] =>
  [...text.matchAll(/(?:^|[`$(] ?|&& )reloadctl ([a-z][^`|&;#<>\n)]*)/gm)].map(([, line = '']) => line.trim());

describe('documents', () => {
  it('have links that lead somewhere', () => {
    expect(DOCUMENTS.map((path) => [path, brokenLinks(path)]).filter(([, broken]) => broken?.length)).toEqual([]);
  });

  it('name commands and flags that reloadctl has', () => {
    const lines = DOCUMENTS.flatMap((path) => commandLines(read(path)));
    expect(lines.length).toBeGreaterThan(80);
    expect(lines.filter((line) => unknownWords(line).length > 0)).toEqual([]);
    expect(
      ['rolout list', 'rollout lst', 'rollout list --fase X'].filter((line) => unknownWords(line).length > 0),
    ).toHaveLength(3);
  });

  it('say what to do for codes that are given', () => {
    const known = new Set(Object.values(REASONS).flatMap((group) => Object.keys(group)));
    const rows =
      read('docs/troubleshooting.md')
        .match(/## A rollout waits[\s\S]*?## /)?.[0]
        .match(/^\| `.*/gm) ?? [];
    const codes = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, code = '']) => code),
    );
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });
});

describe('the map of the code', () => {
  const map = read('docs/architecture.md');
  const foldersOf = (app: string): string[] =>
    globSync(`apps/${app}/src/*/`, { cwd: ROOT }).map((path) => basename(path));

  it.each(['hub', 'agent'])('names every folder of the %s', (app) => {
    expect(foldersOf(app).filter((name) => name !== 'testing' && !map.includes(`\`${name}\``))).toEqual([]);
  });

  it('names every file of the folder that has the most', () => {
    const files = globSync('apps/hub/src/change/*.ts', { cwd: ROOT }).map((path) => basename(path, '.ts'));
    const parts = files.filter((name) => !/\.(spec|module)$/.test(name));
    expect(parts.filter((name) => !map.includes(`\`${name}\``))).toEqual([]);
  });
});
