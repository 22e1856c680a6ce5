import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolloutPhase, targetPhase, wavePhase, restartPhase } from '@app/contracts/phases';
import { REASONS } from '@app/contracts/reasons/reasons';
import { setting } from '@test/environment';

const ROOT = join(__dirname, '..', '..');
const DOCUMENT = join(ROOT, 'docs', 'reasons.md');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = (patterns: readonly string[]): readonly string[] => globSync([...patterns], { cwd: ROOT }).sort();

/** Where it is decided that something waits, is left out, fails or is refused. */
const DECIDING = [
  ...['rollout', 'gates', 'change', 'limits', 'holds', 'windows', 'dispatch', 'plan', 'fleet', 'notify'],
].map((folder) => `apps/hub/src/${folder}/**/*.ts`);
const ACTING = ['inventory', 'restart'].map((folder) => `apps/agent/src/${folder}/**/*.ts`);

const codes = new Map(Object.values(REASONS).flatMap((group) => Object.entries(group)));
/** Phases have the names of some reasons: those are reasons all the same. */
const PHASES: ReadonlySet<string> = new Set(
  [rolloutPhase, wavePhase, targetPhase, restartPhase].flatMap((each) => each.options),
);

/** `reason: 'Code'`, also where one of several is chosen; and what is handed to the helpers that make one. */
const GIVEN = [
  /\breason: [^;{}]*?'([A-Z][a-z]+(?:[A-Z][a-z]+)*)'/g,
  /\breason: [^;{},]*\? '([A-Z]\w+)'/g,
  /\breason: [^;{},]*: '([A-Z]\w+)'/g,
  /\b(?:refuse|skip|open|progressing|refusal|StartRefused)\((?:rollout, )?(?:'[A-Z_]+', )?'([A-Z][a-z]\w+)'/g,
];

/** Codes that sources give, with the files that do. */
function given(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of files([...DECIDING, ...ACTING]).filter((name) => !name.endsWith('.spec.ts'))) {
    const text = read(path);
    for (const pattern of GIVEN) for (const [, code = ''] of text.matchAll(pattern)) found.set(code, path);
  }
  return found;
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function document(): string {
  const parts = Object.entries(REASONS).map(([title, group]) => {
    const rows = Object.entries(group).map(([code, { means, remedy }]) => row([`\`${code}\``, means, remedy]));
    return [
      `## ${title}`,
      '',
      row(['reason', 'what it means', 'what to do']),
      row(['---', '---', '---']),
      ...rows,
    ].join('\n');
  });
  const head = [
    '# Reasons',
    '',
    '<!-- Written from libs/contracts/src/reasons by UPDATE_GOLDEN=1. Do not edit. -->',
    '',
    'Everything that waits, is left out, fails or is refused says why: with one of these codes, which do not change, and a',
    'sentence for people, which may. They are what `reason` shows in the API, in `reloadctl` and in events.',
  ];
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

describe('reasons', () => {
  it('that sources give are all known', () => {
    const found = given();
    expect(found.size).toBeGreaterThan(60);
    expect([...found].filter(([code]) => !codes.has(code) && !PHASES.has(code) && !NONE.has(code))).toEqual([]);
  });

  it('that are known are all in a source, and each in a test', () => {
    const sources = files(['apps/{hub,agent}/src/**/*.ts']).filter((name) => !name.endsWith('.spec.ts'));
    const specs = files([
      'apps/**/*.spec.ts',
      'apps/**/testdata/*.txt',
      'test/**/*.spec.ts',
      'test/e2e/*.ts',
      'test/integration/*.ts',
    ]).filter((name) => !name.endsWith('tooling/reasons.spec.ts'));
    const [written, seen] = [sources, specs].map(
      (names) => new Set(names.flatMap((name) => read(name).match(/\w+/g) ?? [])),
    );
    const names = [...codes.keys()];
    expect(names.filter((code) => !written?.has(code))).toEqual([]);
    expect(names.filter((code) => !seen?.has(code) && !UNSEEN.has(code))).toEqual([]);
    expect([...UNSEEN].filter((code) => seen?.has(code))).toEqual([]);
  });

  it('mean one thing each, in a sentence', () => {
    const all = Object.values(REASONS).flatMap((group) => Object.keys(group));
    expect(all.filter((code, at) => all.indexOf(code) !== at)).toEqual([]);
    const sentences = [...codes.values()].flatMap(({ means, remedy }) => [means, remedy]);
    expect(sentences.filter((text) => text !== '' && !/^[A-Z].*\.$/.test(text))).toEqual([]);
  });

  it('are told in docs/reasons.md', () => {
    if (setting('UPDATE_GOLDEN') === '1') writeFileSync(DOCUMENT, document());
    else expect(readFileSync(DOCUMENT, 'utf8')).toBe(document());
  });
});

/** Reasons of Kubernetes events, and of Kubernetes itself, which are no codes of ours. */
const NONE: ReadonlySet<string> = new Set(['Reloaded', 'ReloadFail', 'RestartCompleted', 'RestartFailed']);

/** Codes that no test names so far; one that gets a test is taken out here. */
const UNSEEN: ReadonlySet<string> = new Set([...['NothingToRemove', 'JobNotBack']]);
