import type { Result } from '@app/contracts/wire/agent-messages';
import { onHubTime } from './hub-time';

const RESULT: Result = {
  rollout: 'r-1',
  permit: 'r-1.1.Deployment/shop/web',
  attempt: 1,
  workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  outcome: 'APPLIED',
  reason: '',
  message: '',
  fromRevision: null,
  toRevision: 'k0a1b2c:AAAAAAAAAAAAAAAAAAAAAA',
  startedAt: '2030-01-01T02:00:00.000Z',
  finishedAt: '2030-01-01T02:00:05.250Z',
  pods: { desired: 1, updated: 1, ready: 1 },
};

it('a result of a machine whose clock is two hours off has the times of the hub, and is as long as it was', () => {
  const at = (aheadMs: number) => onHubTime(RESULT, aheadMs);
  expect(at(-7_200_000)).toEqual({
    ...RESULT,
    startedAt: '2030-01-01T00:00:00.000Z',
    finishedAt: '2030-01-01T00:00:05.250Z',
  });
  expect(at(60_000)).toMatchObject({ startedAt: '2030-01-01T02:01:00.000Z', finishedAt: '2030-01-01T02:01:05.250Z' });
  expect(at(0)).toEqual(RESULT);
});

it('what was never started has no time in any clock', () => {
  expect(onHubTime({ ...RESULT, startedAt: null }, 1000).startedAt).toBeNull();
});
