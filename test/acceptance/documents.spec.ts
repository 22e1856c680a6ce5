import { AGENT_CASES } from './agent-cases';
import { casesIn } from './case-names';
import { documentsOf, type Outcome } from './documents';
import { PROTOCOL_CASES } from './protocol-cases';
import { ROLLOUTS_CASES } from './rollouts-cases';

const LISTS = {
  agent: { 1: { what: 'rolls', relation: 'same' }, 2: { what: 'rolls | too', relation: 'better' } },
  rollouts: { 1: { what: 'plans' } },
  protocol: { 9: { what: 'goes back' } },
} as const;
const FILE = 'apps/agent/src/x.spec.ts';
const test = (title: string, more: Partial<Outcome> = {}): Outcome => ({
  ...{ file: FILE, ancestors: ['an agent'], title, passed: true },
  ...more,
});
const rowsOf = (...outcomes: readonly Outcome[]): readonly string[] =>
  documentsOf(LISTS, outcomes).documents.flatMap(({ text }) => text.split('\n').filter((line) => /^\| \d/.test(line)));

describe('the documents of acceptance cases', () => {
  it('show each case with the tests that name it, file by file', () => {
    const rows = rowsOf(
      test('agent 1: b'),
      test('agent 1, rollouts 1: a|b'),
      test('nothing'),
      test('c', { file: 'test/e2e/y.e2e.spec.ts', ancestors: ['agent 1: e2e'] }),
    );
    expect(rows).toEqual([
      `| 1 | rolls | same | [x.spec.ts](../${FILE}): an agent › a\\|b; an agent › b<br>[y.e2e.spec.ts](../test/e2e/y.e2e.spec.ts): e2e › c |`,
      '| 2 | rolls \\| too | better | not yet |',
      `| 1 | plans | [x.spec.ts](../${FILE}): an agent › a\\|b |`,
      '| 9 | goes back | not yet |',
    ]);
  });

  it('take a case back when one of its tests fails, and when they are gone', () => {
    const shown = [test('protocol 9: a'), test('protocol 9: b')];
    expect(rowsOf(...shown).at(-1)).toContain('a; an agent › b');
    expect(rowsOf(test('protocol 9: a'), test('protocol 9: b', { passed: false })).at(-1)).toContain('not yet');
    expect(rowsOf().at(-1)).toContain('not yet');
  });

  it('do not depend on the order in which tests ended', () => {
    const outcomes = [test('agent 1: a'), test('agent 1: b'), test('agent 1: c', { file: 'a.spec.ts' })];
    expect(rowsOf(...outcomes)).toEqual(rowsOf(...[...outcomes].reverse()));
  });

  it('count what is shown, and tell of numbers that no list has', () => {
    const { documents, unknown } = documentsOf(LISTS, [test('agent 2: a'), test('agent 3: b')]);
    expect(documents[0]?.text).toContain('1 of 2 cases');
    expect(unknown).toEqual(['agent 3']);
  });
});

describe('the lists of acceptance cases', () => {
  it.each([
    ['agent', AGENT_CASES, 193],
    ['rollouts', ROLLOUTS_CASES, 92],
    ['protocol', PROTOCOL_CASES, 72],
  ])('%s has a sentence for every number, none twice', (_name, list, last) => {
    expect(Object.keys(list).map(Number)).toEqual(Array.from({ length: last }, (_, at) => at + 1));
    const sentences = Object.values(list).map(({ what }) => what);
    expect(sentences.filter((what, at) => sentences.indexOf(what) !== at)).toEqual([]);
    expect(sentences.filter((what) => what === '' || casesIn(what).cases.length > 0)).toEqual([]);
  });

  it('say of every case of the agent how it stands to Reloader', () => {
    expect(Object.values(AGENT_CASES).filter(({ relation }) => relation === undefined)).toEqual([]);
  });
});
