import { memberSource } from './member-source';
import { NO_MARKS, NO_OPT_IN } from './opt-in';
import type { SourceRecord } from './records';

const counting = {
  rules: [],
  recorded: undefined,
  wholes: new Map(),
  fingerprint: { of: (sources: Readonly<Record<string, string>>) => JSON.stringify(sources) },
};
const references = { ConfigMap: [], Secret: ['db'], SecretProviderClass: [] };
const ref = { kind: 'Deployment', namespace: 'shop', name: 'app' } as const;
const whole = { ref, labels: {}, stamp: null, optIn: NO_OPT_IN, references, keysUsed: null };
const DB: SourceRecord = {
  ...{
    ref: { kind: 'Secret', namespace: 'shop', name: 'db' },
    uid: 'u',
    revision: 'R',
    resourceVersion: '8',
    labels: {},
  },
  ...{
    contentVersion: '7',
    changedAt: null,
    marks: NO_MARKS,
    parts: ';a=aaaaaaaaaaaaaaaa;b=bbbbbbbbbbbbbbbb',
    replaced: 'Q',
  },
};

it('a source counts whole, with what its newest write replaced', () => {
  const member = memberSource('Secret/db', whole, DB, counting);
  expect(member).toMatchObject({ key: 'Secret/db', revision: 'R', replaced: 'Q', contentVersion: '7' });
  expect(member).not.toHaveProperty('whole');
  const { replaced: _replaced, ...unreplaced } = DB;
  expect(memberSource('Secret/db', whole, unreplaced, counting)).not.toHaveProperty('replaced');
});

it('a source of which only some keys count is what stands under those', () => {
  const some = { ...whole, keysUsed: { 'Secret/db': ['a', 'none'] } };
  const member = memberSource('Secret/db', some, DB, counting);
  const revision = JSON.stringify({ 'Secret/shop/db': 'keys', a: 'aaaaaaaaaaaaaaaa', none: '' });
  expect(member).toMatchObject({ key: 'Secret/db?a,none', revision });
  expect(member).not.toHaveProperty('replaced');
});

describe('where nothing is recorded of the workload', () => {
  const rules = [{ policy: 'p', sources: null, workloads: null, ignoreKeys: ['b'] }];
  const keyOf = (stamp: string | null, source = DB): string =>
    memberSource('Secret/db', { ...whole, stamp }, source, { ...counting, rules }).key;

  it('every key counts at first, and those of the rules once a restart of ours has left its stamp', () => {
    expect(keyOf(null)).toBe('Secret/db');
    expect(keyOf('R')).not.toBe('Secret/db');
  });

  it('all of a SecretProviderClass counts, whatever the rules ignore', () => {
    const ref = { kind: 'SecretProviderClass', namespace: 'shop', name: 'db' } as const;
    expect(keyOf('R', { ...DB, ref })).toBe('Secret/db');
  });
});
