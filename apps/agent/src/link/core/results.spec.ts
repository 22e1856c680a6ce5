import type { Result } from '@app/contracts/wire/agent-messages';
import { Results } from './results';

const result = (permit: string): Result => ({
  rollout: 'r-1',
  permit,
  attempt: 1,
  workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  outcome: 'APPLIED',
  reason: '',
  message: '',
  fromRevision: null,
  toRevision: 'k0a1b2c:AAAAAAAAAAAAAAAAAAAAAA',
  startedAt: null,
  finishedAt: '2030-01-01T00:00:00.000Z',
  pods: { desired: 1, updated: 1, ready: 1 },
});

describe('results', () => {
  it('are kept until the hub has stored them', () => {
    const results = new Results();
    results.add(result('p1'));
    results.add(result('p2'));
    results.sent('1', result('p1'));
    expect([results.next()?.permit, results.unacknowledged]).toEqual(['p2', 1]);
    expect(results.refused('1')).toBe(true);
    expect([results.next()?.permit, results.unacknowledged]).toEqual(['p1', 0]);
    results.sent('2', result('p1'));
    expect(results.settled('2')).toBe(true);
    expect(results.next()?.permit).toBe('p2');
    expect([results.settled('2'), results.refused('2')]).toEqual([false, false]);
    results.startOver();
    expect(results.next()?.permit).toBe('p2');
  });

  it('go again in a new session', () => {
    const results = new Results();
    results.add(result('p1'));
    results.sent('1', result('p1'));
    results.startOver();
    expect([results.next()?.permit, results.settled('1')]).toEqual(['p1', false]);
  });
});
