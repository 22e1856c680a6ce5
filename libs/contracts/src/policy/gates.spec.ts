import { isAmong, readApprover } from './approvers';
import { parseGateTime } from './gate-time';
import { parsePolicy } from './parse';

const document = (gates: unknown) => ({
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name: 'prod' },
  spec: { waves: [{ name: 'all', clusters: { rest: true }, gates }] },
});
const problems = (gates: unknown) => {
  const parsed = parsePolicy(document(gates));
  return parsed.ok
    ? []
    : parsed.problems.map(({ pointer, code }) => `${code} ${pointer.replace('/spec/waves/0/gates', '')}`);
};
const gatesOf = (gates: unknown) => {
  const parsed = parsePolicy(document(gates));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy.waves[0]?.gates;
};

describe('gates of a policy', () => {
  it('are written out with their defaults, each side in its order', () => {
    const before = [
      { type: 'schedule', at: 'Tue 02:00', timezone: 'Europe/Berlin' },
      { type: 'wait', for: '2h' },
    ];
    const after = [{ type: 'approval' }, { type: 'approval', name: 'sign-off', approvers: ['group:sre'], count: 2 }];
    expect(gatesOf({ after, before })).toEqual([
      {
        ...{ name: 'schedule', side: 'before', type: 'schedule', zone: 'Europe/Berlin' },
        at: { type: 'recurring', weekdays: [2], minute: 120 },
      },
      { name: 'wait', side: 'before', type: 'wait', forMs: 7_200_000 },
      {
        ...{ name: 'approval', side: 'after', type: 'approval', approvers: null, count: 1 },
        ...{ expiresAfterMs: null, onExpire: 'hold', notRequester: false },
      },
      {
        ...{ name: 'sign-off', side: 'after', type: 'approval', approvers: [{ kind: 'group', name: 'sre' }], count: 2 },
        ...{ expiresAfterMs: null, onExpire: 'hold', notRequester: false },
      },
    ]);
  });

  it('get names of their own where they have none', () => {
    const approvals = [{ type: 'approval' }, { type: 'approval', name: 'approval-2' }, { type: 'approval' }];
    expect(gatesOf({ before: approvals })?.map(({ name }) => name)).toEqual(['approval', 'approval-2', 'approval-3']);
  });

  it.each([
    [{ type: 'approval', for: '1h' }, ['EXCLUSIVE /before/0/for']],
    [
      { type: 'wait', count: 2, at: '02:00' },
      ['EXCLUSIVE /before/0/count', 'EXCLUSIVE /before/0/at', 'REQUIRED /before/0/for'],
    ],
    [{ type: 'schedule' }, ['REQUIRED /before/0/at']],
    [{ type: 'schedule', at: 'Tuesday 02:00' }, ['INVALID /before/0/at']],
    [{ type: 'schedule', at: '25:00' }, ['INVALID /before/0/at']],
    [{ type: 'schedule', at: '02:00', timezone: '+01:00' }, ['INVALID /before/0/timezone']],
    [{ type: 'schedule', at: '02:00', timezone: 'cluster' }, ['INVALID /before/0/timezone']],
    [{ type: 'wait', for: '0s' }, ['INVALID /before/0/for']],
    [{ type: 'approval', count: 0 }, ['TOO_SMALL /before/0/count']],
    [{ type: 'approval', approvers: [] }, ['TOO_SMALL /before/0/approvers']],
    [{ type: 'approval', approvers: ['role:viewer'] }, ['INVALID /before/0/approvers/0']],
    [{ type: 'approval', approvers: ['user:ann', 'ann'], count: 3 }, ['RANGE /before/0/count']],
    [{ type: 'approval', onExpire: 'reject' }, ['REQUIRED /before/0/expiresAfter']],
    [{ type: 'approval', colour: 'red' }, ['UNKNOWN_FIELD /before/0/colour']],
    [{ type: 'check', check: 'errors' }, ['NOT_SUPPORTED_YET /before/0/type', 'NOT_SUPPORTED_YET /before/0/check']],
    [{ type: 'coffee' }, ['INVALID_VALUE /before/0/type']],
    [{}, ['INVALID_VALUE /before/0/type']],
  ])('%j is refused: %j', (gate, expected) => {
    expect(problems({ before: [gate] })).toEqual(expected);
  });

  it('have one name each on their side of the wave', () => {
    const gate = { type: 'wait', name: 'x', for: '1m' };
    expect(problems({ before: [gate, gate], after: [gate] })).toEqual(['DUPLICATE_NAME /before/1/name']);
    expect(problems({ during: [gate] })).toEqual(['UNKNOWN_FIELD /during']);
  });
});

describe('approvers', () => {
  const ann = { name: 'ann', role: 'approver', groups: ['sre'] };

  it.each([
    ['user:ann', true],
    ['ann', true],
    ['group:ann', false],
    ['group:sre', true],
    ['role:approver', true],
    ['role:admin', false],
    ['user:bob', false],
  ])('%s means ann of the group sre: %j', (text, expected) => {
    const approver = readApprover(text);
    expect(approver && isAmong([approver], ann)).toBe(expected);
  });

  it('an admin has every role, and is in no group by that', () => {
    const admin = { name: 'root', role: 'admin', groups: [] };
    expect(isAmong([{ kind: 'role', name: 'approver' }], admin)).toBe(true);
    expect(isAmong([{ kind: 'group', name: 'sre' }], admin)).toBe(false);
  });

  it.each(['', 'team:x', 'group:', 'group: x', 'role:viewer', 'user:a:b'])('%j names nobody', (text) => {
    expect(readApprover(text)).toBeUndefined();
  });
});

it.each([
  ['02:00', { type: 'recurring', weekdays: [0, 1, 2, 3, 4, 5, 6], minute: 120 }],
  ['sat,SUN 23:59', { type: 'recurring', weekdays: [0, 6], minute: 1439 }],
  ['2027-01-04T06:00', { type: 'once', at: Date.UTC(2027, 0, 4, 6) }],
  ['2027-02-31T06:00', undefined],
  ['Tue', undefined],
  ['Tue 2:00', undefined],
  ['Tue 02:00 UTC', undefined],
  ['', undefined],
])('the time %j is read as %j', (text, expected) => {
  expect(parseGateTime(text)).toEqual(expected);
});
