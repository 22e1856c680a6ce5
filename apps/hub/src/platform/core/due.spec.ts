import { type Due, dueJobId, dueMember, parseDue } from './due';

const ALL: readonly Due[] = [
  { type: 'rollout', id: 'r-01' },
  { type: 'dispatch', id: 'r-01', cluster: 'prod-eu-1' },
  { type: 'window', policy: 'prod', source: 'Secret/shop/payments.db' },
  { type: 'cluster', cluster: 'prod-eu-1' },
  { type: 'notice', id: 'halted_r-01_1700000000000_pager' },
];

describe('due entries', () => {
  it.each(ALL)('reads back what it wrote: $type', (due) => {
    expect(parseDue(dueMember(due))).toEqual(due);
  });

  it.each(ALL)('makes a job id that the queue accepts: $type', (due) => {
    expect(dueJobId(dueMember(due))).toMatch(/^[^:]*[^:0-9][^:]*$/);
  });

  it('reads an entry that names no second thing, or no first, as it stands', () => {
    expect(parseDue('d:r-01')).toEqual({ type: 'dispatch', id: 'r-01', cluster: '' });
    expect(parseDue('d:|c1')).toEqual({ type: 'dispatch', id: '', cluster: 'c1' });
  });

  it('makes different job ids of different entries', () => {
    expect(dueJobId('r:1')).toBe('r-1');
  });

  it('does not read what it never writes', () => {
    expect(parseDue('x:whatever')).toBeUndefined();
  });
});
