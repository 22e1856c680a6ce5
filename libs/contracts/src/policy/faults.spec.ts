import { parsePolicy } from './parse';
import type { PolicyProblem } from './problems';
import { located, MAX_POLICY_TEXT, readYaml } from './yaml-text';

const full = (spec: object) => ({
  ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'prod' } },
  spec,
});
const problemsOf = (document: unknown, name = 'prod'): readonly PolicyProblem[] => {
  const parsed = parsePolicy(document, name);
  return parsed.ok ? [] : parsed.problems;
};
const short = (problems: readonly PolicyProblem[]): string[] =>
  problems.map(({ pointer, code }) => `${code} ${pointer}`).sort();
/** `line:column code pointer` of everything that is wrong with a text. */
function inText(text: string): string[] {
  const read = readYaml(text);
  const problems = read.ok ? located(problemsOf(read.value), read.value) : read.problems;
  return problems.map(({ line, column, code, pointer }) => `${line}:${column} ${code} ${pointer}`);
}

describe('every fault at once', () => {
  it('of the schema and of what a schema can not say', () => {
    const waves = [
      { name: 'a', clusters: { names: ['c1'] }, dependsOn: ['b'], colour: 'red', maxConcurrency: 0 },
      { name: 'b', clusters: { names: ['c2'] }, dependsOn: ['a'], maxFailures: '101%' },
      { name: 'b', clusters: {}, dependsOn: ['nowhere'] },
    ];
    const document = { ...full({ waves, coalesce: { quietPeriod: '20m' }, colour: 1 }), apiVersion: 'v0', more: true };
    expect(short(problemsOf(document, 'other'))).toEqual([
      'CYCLE /spec/waves/0/dependsOn',
      'DUPLICATE_NAME /spec/waves/2/name',
      'INVALID /spec/waves/0/maxConcurrency',
      'INVALID /spec/waves/1/maxFailures',
      'INVALID /spec/waves/2/clusters',
      'INVALID_VALUE /apiVersion',
      'NAME_MISMATCH /metadata/name',
      'RANGE /spec/coalesce/quietPeriod',
      'UNKNOWN_FIELD /more',
      'UNKNOWN_FIELD /spec/colour',
      'UNKNOWN_FIELD /spec/waves/0/colour',
      'UNKNOWN_WAVE /spec/waves/2/dependsOn/0',
    ]);
  });

  it('but none that only follows from another', () => {
    expect(short(problemsOf(full({ waves: [{ clusters: { rest: true } }] })))).toEqual(['REQUIRED /spec/waves/0/name']);
    expect(short(problemsOf(full({ coalesce: { quietPeriod: '20m', maxWait: 'long' }, rollout: 'all' })))).toEqual([
      'INVALID /spec/coalesce/maxWait',
    ]);
    const circle = [
      { name: 'a', clusters: { names: ['c1'] }, dependsOn: ['b'] },
      { name: 'b', clusters: { rest: true }, dependsOn: [7] },
    ];
    expect(short(problemsOf(full({ waves: circle })))).toEqual(['INVALID_TYPE /spec/waves/1/dependsOn/0']);
  });

  it('of each window, whatever is wrong with the others', () => {
    const weekly = { name: 'nights', kind: 'allow', rrule: 'FREQ=WEEKLY;BYDAY=MO', start: '22:00', timezone: 'UTC' };
    const windows = [
      { name: 'freeze', kind: 'deny', from: '2026-12-18T00:00', to: '2026-12-17T00:00', timezone: 'UTC' },
      { ...weekly, end: '05:00', timezone: '+02:00' },
      { ...weekly, end: '05:00', kind: 'perhaps' },
      { ...weekly, name: 7, duration: '8h' },
      { ...weekly, name: 'freeze', end: '05:00', duration: '7h' },
      { kind: 'allow', rrule: 'FREQ=WEEKLY;BYDAY=MO', start: '22:00', end: '25:00' },
    ];
    expect(short(problemsOf(full({ rollout: 'all', windows })))).toEqual([
      'DUPLICATE_NAME /spec/windows/2/name',
      'DUPLICATE_NAME /spec/windows/4/name',
      'EXCLUSIVE /spec/windows/4/duration',
      'INVALID /spec/windows/1/timezone',
      'INVALID /spec/windows/5/end',
      'INVALID_TYPE /spec/windows/3/name',
      'INVALID_VALUE /spec/windows/2/kind',
      'RANGE /spec/windows/0/to',
      'REQUIRED /spec/windows/5/name',
      'REQUIRED /spec/windows/5/timezone',
    ]);
  });

  it('with what may stand there instead', () => {
    const waves = [{ name: 'a', clusters: { rest: true, colour: 'red' }, soak: { for: 'soon' }, maxConcurrency: '0%' }];
    const expected = problemsOf(full({ waves, onFailure: 'explode', priority: 'high', match: { clusters: 'a b' } }));
    expect(Object.fromEntries(expected.map((problem) => [problem.pointer, problem.expected]))).toEqual({
      '/spec/waves/0/clusters/colour': 'an object with selector, names, size, rest, orderBy',
      '/spec/waves/0/soak/for': 'a duration such as 30s, 15m or 1h30m, at most 366d',
      '/spec/waves/0/maxConcurrency': 'a whole number from 1, or a percentage from 1% to 100%',
      '/spec/onFailure': 'one of halt, continue, cancel',
      '/spec/priority': 'a whole number',
      '/spec/match/clusters': expect.stringContaining('a label selector such as'),
    });
  });
});

describe('what would mean nothing', () => {
  const wave = (more: object) => full({ waves: [{ name: 'a', clusters: { rest: true }, ...more }] });
  it.each<[string, object]>([
    ['/spec/match/clusters', full({ rollout: 'all', match: { clusters: '' } })],
    ['/spec/match/sources/0', full({ rollout: 'all', match: { sources: [{}] } })],
    ['/spec/match/sources', full({ rollout: 'all', match: { sources: [] } })],
    ['/spec/match/sources/0/labels', full({ rollout: 'all', match: { sources: [{ labels: ' ' }] } })],
    ['/spec/match/workloads', full({ rollout: 'all', match: { workloads: {} } })],
    ['/spec/match/sources/0/kinds', full({ rollout: 'all', match: { sources: [{ kinds: [] }] } })],
    ['/spec/waves/0/clusters/selector', wave({ clusters: { selector: '' } })],
    ['/spec/waves/0/clusters/size', wave({ clusters: { size: 0 } })],
    ['/spec/waves/0/clusters/names', wave({ clusters: { names: [] } })],
    ['/spec/waves', full({ waves: [] })],
    ['/spec/waves/0/maxConcurrency', wave({ maxConcurrency: '0%' })],
    ['/spec/waves/0/maxFailures', wave({ maxFailures: -1 })],
    ['/spec/waves/0/maxFailures/percent', wave({ maxFailures: { percent: 101 } })],
    ['/spec/waves/0/maxFailures/percent', wave({ maxFailures: { count: 1, percent: '5%' } })],
    ['/spec/waves/0/maxFailures/share', wave({ maxFailures: { share: 5 } })],
    ['/spec/target/ackDeadline', full({ rollout: 'all', target: { ackDeadline: '0s' } })],
    ['/spec/target/progressDeadline', full({ rollout: 'all', target: { progressDeadline: '0m' } })],
    ['/spec/target/lostAfter', full({ rollout: 'all', target: { lostAfter: '0s' } })],
    ['/spec/offline/deferTTL', full({ rollout: 'all', offline: { deferTTL: '0h' } })],
    ['/spec/offline/maxDeferred', full({ rollout: 'all', offline: { maxDeferred: '110%' } })],
  ])('is refused at %s', (pointer, document) => {
    expect(problemsOf(document).map((problem) => problem.pointer)).toEqual([pointer]);
  });
});

it('what can be seen to tolerate everything is a warning at once', () => {
  const parsed = parsePolicy({ rollout: '1, rest / 5m ! 100%' }, 'prod');
  expect(parsed.ok && parsed.warnings.map(({ code }) => code)).toEqual([
    'TOLERATES_TOTAL_FAILURE',
    'TOLERATES_TOTAL_FAILURE',
  ]);
});

describe('a policy as YAML', () => {
  it('is refused by line and column', () => {
    const text = [
      'apiVersion: fleet-reloader.io/v1',
      'kind: RolloutPolicy',
      'metadata: { name: prod }',
      'spec:',
      '  waves:',
      '    - name: a',
      '      clusters: { rest: true }',
      '      maxConcurrency: 0',
      '    - name: a',
      '      clusters: { names: [c1], hue: red }',
    ];
    expect(inText(text.join('\n')).sort()).toEqual([
      '10:32 UNKNOWN_FIELD /spec/waves/1/clusters/hue',
      '8:7 INVALID /spec/waves/0/maxConcurrency',
      '9:7 DUPLICATE_NAME /spec/waves/1/name',
    ]);
  });

  it.each([
    [
      'a key that is said twice',
      'rollout: all\nmatch:\n  clusters: a\n  clusters: b',
      ['4:3 DUPLICATE_KEY /match/clusters'],
    ],
    [
      'aliases',
      'rollout: &a all\nname: *a\nmatch: { clusters: *a }',
      ['2:7 ALIAS /name', '3:20 ALIAS /match/clusters'],
    ],
    ['two documents', 'rollout: all\n---\nrollout: all', ['1:1 MULTIPLE_DOCS ']],
    ['nothing', '', ['undefined:undefined TYPE ']],
    ['a list that does not end', 'rollout: [', [expect.stringMatching(/^1:\d+ /)]],
  ])('may not hold %s', (_, text, faults) => {
    expect(inText(text)).toEqual(faults);
  });

  it('may not be a bomb, and that is said at once', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, at) => `a${at}: &a${at} [${at === 0 ? 'x' : `*a${at - 1},*a${at - 1}`}]`,
    );
    expect(inText(bomb.join('\n'))).toHaveLength(58);
    expect(inText(`rollout: ${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toEqual(['1:1 TOO_DEEP ']);
    expect(inText(`rollout: ${'{a: '.repeat(100)}1${'}'.repeat(100)}`)).toEqual(['1:1 TOO_DEEP ']);
    expect(inText('#'.repeat(MAX_POLICY_TEXT + 1))).toEqual(['1:1 TOO_LARGE ']);
    expect(inText('a: *x\n'.repeat(500)).at(-1)).toBe('undefined:undefined MORE ');
  });
});
