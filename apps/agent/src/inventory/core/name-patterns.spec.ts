import { containersOf } from './containers';
import { keysUsedBy } from './key-uses';
import { membersOf } from './membership';
import { NO_OPT_IN } from './opt-in';
import { readNames } from './name-patterns';

/** What all annotations of one object may hold together. */
const MOST_SIGNS = 256 * 1024;
/** Far above what is needed, far below what a square would take. */
const SOON_MS = 2000;

const filled = (part: (at: number) => string): string => {
  const parts: string[] = [];
  for (let length = 0; length < MOST_SIGNS - 300; length += (parts.at(-1)?.length ?? 0) + 1)
    parts.push(part(parts.length));
  return parts.join(',');
};

function soon<T>(work: () => T): T {
  const started = performance.now();
  const result = work();
  expect(performance.now() - started).toBeLessThan(SOON_MS);
  return result;
}

describe('a list of names', () => {
  it('keeps what can be read beside what can not, and tells the first few', () => {
    const warnings: string[] = [];
    const bad = ['(', '[a', '*', 'a**', '\\', '(?=a)', 'x{1001}'];
    const { names, patterns } = readNames([`app, ${bad.join(',')}`, 'conf-.*,,'], warnings);
    expect([...names]).toEqual(['app']);
    expect(patterns.map((one) => one.testExact('conf-1'))).toEqual([true]);
    expect(warnings).toHaveLength(6);
    expect(warnings[0]).toBe('"(" is no valid regular expression; this entry is skipped');
    expect(warnings.at(-1)).toBe('2 more entries of this list are skipped too');
  });

  it('tells each of five entries that it skips, and says why', () => {
    const warnings: string[] = [];
    readNames(['(,[a,*,\\', '.'.repeat(10_001)], warnings);
    expect(warnings).toHaveLength(5);
    expect(warnings.at(-1)).toContain(
      '" is more than a list of regular expressions may ask for; this entry is skipped',
    );
  });

  it.each([
    ['as many signs as there may be steps', '.'.repeat(9997), 1],
    ['counted signs', 'x{1000}', 9],
    ['signs that are counted one by one', 'x{100}y{100}', 46],
    ['a group that is counted', '(ab){100}', 8],
  ])('has room for as many as their steps allow: %s', (_what, expression, most) => {
    const many = Array.from({ length: 60 }, (_, at) => `${100 + at}${expression}`);
    expect(readNames([many.join()], []).patterns).toHaveLength(most);
  });

  it.each([
    ['counted repeats', () => 'x{1000}y{1000}'],
    ['repeats of repeats', () => '((((a|b){9}){9}){9}c)'],
    ['long alternations', (at: number) => `(${'a|'.repeat(5000)}${at})`],
    ['very many expressions', (at: number) => `a.${at}`],
    ['very many that are none', (at: number) => `(${at}`],
    ['open brackets', () => '('.repeat(MOST_SIGNS / 2)],
  ])('has bounds: %s', (_, part) => {
    const warnings: string[] = [];
    const text = filled((at) => `${part(at)}|${at}`);
    const { patterns } = soon(() => readNames(['conf-.*', text], warnings));
    expect(patterns.reduce((sum, one) => sum + one.programSize(), 0)).toBeLessThan(20_000);
    expect(patterns.length).toBeLessThanOrEqual(200);
    expect(patterns[0]?.testExact('conf-1')).toBe(true);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.length).toBeLessThanOrEqual(6);
    expect(warnings.join().length).toBeLessThan(2000);
  });

  it('takes as long as it is, not as long as its square', () => {
    const { names } = readNames([filled((at) => at.toString(36))], []);
    expect(names.size).toBeGreaterThan(40_000);
    const how = { ...NO_OPT_IN.kinds.ConfigMap, names };
    const optIn = { ...NO_OPT_IN, kinds: { ...NO_OPT_IN.kinds, ConfigMap: how } };
    const references = { ConfigMap: [], Secret: [], SecretProviderClass: [] };
    const sources = { marks: () => undefined, names: () => [] };
    const members = soon(() => membersOf({ optIn, references }, sources, { keys: new Set(), appearing: false }));
    expect(members).toHaveLength(names.size);
  });
});

describe('a pod with as many volumes as an object can hold', () => {
  const volumes = Array.from({ length: 12_000 }, (_, at) => ({ name: `v${at}`, secret: { secretName: `s${at}` } }));
  const mounting = { name: 'a', volumeMounts: volumes.map(({ name }) => ({ name })) };
  const env = volumes.map((_, at) => ({
    name: `E${at}`,
    valueFrom: { configMapKeyRef: { name: 'c', key: `k${at}` } },
  }));

  it('is read as fast as it is long', () => {
    const pod = { containers: [{ name: 'first', env }, mounting], volumes };
    const containers = soon(() => containersOf(pod));
    expect(containers.others['Secret/s7']).toBe('a');
    const used = soon(() => keysUsedBy(pod));
    expect(used['ConfigMap/c']).toHaveLength(volumes.length);
  });
});
