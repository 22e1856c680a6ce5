import type { CaseList, CaseLists } from './case-list';
import { casesIn, type CaseRef, type ListName, LISTS } from './case-names';

/** One test as it ended; the file is relative to the repository. */
export type Outcome = Readonly<{ file: string; ancestors: readonly string[]; title: string; passed: boolean }>;

/** A document by its path in the repository. */
export type Document = Readonly<{ path: string; text: string }>;

type Proof = Readonly<{ file: string; text: string; passed: boolean }>;
type Proofs = ReadonlyMap<string, readonly Proof[]>;

const HEAD = '<!-- Written by `npm test` from what the tests said. Do not edit. -->';
const keyOf = ({ list, number }: CaseRef): string => `${list} ${number}`;

/** The documents that show which test proves which case, and the cases that tests name but no list has. */
export function documentsOf(
  lists: CaseLists,
  outcomes: readonly Outcome[],
): Readonly<{ documents: readonly Document[]; unknown: readonly string[] }> {
  const proofs = proofsOf(outcomes);
  const known = new Set(LISTS.flatMap((list) => numbersOf(lists[list]).map((number) => keyOf({ list, number }))));
  return {
    documents: [
      { path: 'docs/reloader-compatibility.md', text: reloaderDocument(lists.agent, proofs) },
      { path: 'docs/acceptance.md', text: acceptanceDocument(lists, proofs) },
    ],
    unknown: [...proofs.keys()].filter((key) => !known.has(key)),
  };
}

function proofsOf(outcomes: readonly Outcome[]): Proofs {
  const proofs = new Map<string, Proof[]>();
  for (const { file, ancestors, title, passed } of outcomes) {
    const named = [...ancestors, title].map(casesIn);
    const proof = { file, text: named.map(({ text }) => text).join(' › '), passed };
    const cases = new Set(named.flatMap(({ cases }) => cases.map(keyOf)));
    for (const key of cases) proofs.set(key, [...(proofs.get(key) ?? []), proof]);
  }
  return proofs;
}

const numbersOf = (list: CaseList): readonly number[] =>
  Object.keys(list)
    .map(Number)
    .sort((a, b) => a - b);

/** A case is proven when a test names it and no test that names it failed. */
function provenBy(proofs: Proofs, ref: CaseRef): readonly Proof[] {
  const found = proofs.get(keyOf(ref)) ?? [];
  return found.every(({ passed }) => passed) ? found : [];
}

function reloaderDocument(list: CaseList, proofs: Proofs): string {
  const rows = numbersOf(list).map((number) => {
    const { what, relation = '' } = list[number] ?? { what: '' };
    return [String(number), escape(what), relation, testsOf(provenBy(proofs, { list: 'agent', number }))];
  });
  return lines([
    '# The agent beside Stakater Reloader',
    HEAD,
    'Every case of a behaviour that people of Reloader know, how the agent stands to it, and the tests that show it.',
    '**same**: no difference. **better**: what Reloader leaves undone or does wrong is done. ' +
      '**different**: something else happens, on purpose.',
    countOf('agent', list, proofs),
    table(['case', 'what', 'beside Reloader', 'shown by'], rows),
  ]);
}

function acceptanceDocument(lists: CaseLists, proofs: Proofs): string {
  const part = (name: ListName, title: string): readonly string[] => {
    const rows = numbersOf(lists[name]).map((number) => {
      const tests = testsOf(provenBy(proofs, { list: name, number }));
      return [String(number), escape(lists[name][number]?.what ?? ''), tests];
    });
    return [`## ${title}`, countOf(name, lists[name], proofs), table(['case', 'what', 'shown by'], rows)];
  };
  return lines([
    '# Acceptance cases',
    HEAD,
    'Every case that a rollout and the channel between hub and agent have to meet, and the tests that show it. ' +
      "The agent's own are in [reloader-compatibility.md](reloader-compatibility.md).",
    ...part('rollouts', 'Rollouts'),
    ...part('protocol', 'Hub and agent'),
  ]);
}

function countOf(list: ListName, cases: CaseList, proofs: Proofs): string {
  const numbers = numbersOf(cases);
  const shown = numbers.filter((number) => provenBy(proofs, { list, number }).length > 0);
  return `${shown.length} of ${numbers.length} cases are shown by a test.`;
}

/** File by file, each with its tests. */
function testsOf(proofs: readonly Proof[]): string {
  const files = [...new Set(proofs.map(({ file }) => file))].sort();
  const cells = files.map((file) => {
    const texts = [...new Set(proofs.filter((proof) => proof.file === file).map(({ text }) => text))].sort();
    return `[${file.split('/').at(-1) ?? file}](../${file}): ${texts.map(escape).join('; ')}`;
  });
  return cells.join('<br>') || 'not yet';
}

const escape = (text: string): string => text.replace(/[\\|<*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const lines = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`;
