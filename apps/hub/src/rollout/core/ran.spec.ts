import type { RestartPhase } from '@app/contracts/phases';
import { isForced, subjectOf } from './cause';
import type { Restart } from './model';
import { ranAs } from './ran';

const restart = (phase: RestartPhase, more: Partial<Restart> = {}): Restart => ({
  ...{ workload: { kind: 'Deployment', namespace: 'shop', name: 'web' }, uid: 'u', after: [], phase },
  ...{ revision: 'k0a1b2c:r', startedAt: null, finishedAt: null, reason: '', message: '', ...more },
});
const PERMITTED = restart('Pending');

describe('how far a restart has come with a step', () => {
  it.each<RestartPhase>(['Patching', 'RollingOut', 'Available'])('it has begun with %s, once', (phase) => {
    expect(ranAs(PERMITTED, restart(phase))).toBe('begun');
    expect(ranAs(restart('Patching'), restart(phase))).toBeNull();
  });

  it('it has come to its end, good or bad', () => {
    expect(ranAs(PERMITTED, restart('Succeeded'))).toBe('Succeeded');
    expect(ranAs(restart('RollingOut'), restart('Failed', { reason: 'CrashLoop' }))).toBe('Failed');
    expect(ranAs(PERMITTED, restart('Failed', { reason: 'CrashLoop' }))).toBe('Failed');
  });

  it.each(['PatchRejected', 'LocallyDenied', 'TooManyAttempts'])('it did not happen when it failed by %s', (reason) => {
    expect(ranAs(PERMITTED, restart('Failed', { reason }))).toBeNull();
    expect(ranAs(restart('Patching'), restart('Failed', { reason }))).toBe('Failed');
  });

  it.each<[string, Restart | undefined, Restart]>([
    ['was not there before', undefined, restart('Patching')],
    ['was not permitted', restart('Pending', { revision: null }), restart('Patching')],
    ['was over before', restart('Succeeded'), restart('Failed')],
    ['has no revision any more', PERMITTED, restart('Succeeded', { revision: null })],
    ['goes on waiting', PERMITTED, PERMITTED],
    ['is left alone', PERMITTED, restart('Skipped')],
  ])('it is no further when it %s', (_what, was, now) => {
    expect(ranAs(was, now)).toBeNull();
  });
});

describe('the cause of a rollout', () => {
  const source = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
  const asked = { digest: 'd1', force: true } as never;

  it('is about the same as every other change of the same source, or with the same wish', () => {
    expect(subjectOf({ source })).toBe('Secret/shop/db');
    expect(subjectOf({ source, asked })).toBe('Secret/shop/db');
    expect(subjectOf({ source: null, asked })).toBe('workloads/d1');
    expect(subjectOf({ source: null })).toBe('workloads/');
  });

  it('is forced only when a person asked for that', () => {
    expect(isForced({ cause: { asked } })).toBe(true);
    expect(isForced({ cause: { asked: { digest: 'd1', force: false } as never } })).toBe(false);
    expect(isForced({ cause: {} })).toBe(false);
  });
});
