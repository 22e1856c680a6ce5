import { objectKey } from '@app/contracts/objects';
import type { Restart, Rollout, Target } from '../../rollout/core/model';
import { allTaken, permitsFor, waitsSince } from './permit';
import { Targets } from '../../rollout/core/targets';

const AT = Date.parse('2027-01-01T00:00:00Z');
const rev = `k0a1b2c:${'B'.repeat(22)}`;

const restart = (name: string, more: Partial<Restart> = {}): Restart => ({
  ...{ workload: { kind: 'Deployment', namespace: 'shop', name }, uid: `uid-${name}`, after: [], phase: 'Pending' },
  ...{ reason: '', message: '', revision: rev, startedAt: null, finishedAt: null },
  ...more,
});

function rolloutWith(target: Partial<Target>): Rollout {
  const whole = { cluster: 'c1', phase: 'Dispatched', attempt: 2, restarts: [restart('web')], ...target } as Target;
  return {
    ...{ id: 'r-1', policy: { name: 'p', version: 1 }, lineage: 7, targets: Targets.of([whole]) },
    spec: { target: { progressDeadlineMs: 90_500 } },
    cause: { source: { kind: 'Secret', namespace: 'shop', name: 'db' } },
  } as unknown as Rollout;
}
const permits = (target: Partial<Target>) => permitsFor(rolloutWith(target), 'c1', { hubEpoch: 3, at: AT });

describe('permits', () => {
  it('name each restart, the revision, the fence and the end', () => {
    expect(permits({})).toEqual([
      {
        ...{ rollout: 'r-1', policy: 'p', attempt: 2, fence: 7002, hubEpoch: 3, notAfter: '2027-01-01T00:10:00.000Z' },
        ...{ progressDeadlineSeconds: 91, causes: [{ kind: 'Secret', namespace: 'shop', name: 'db' }] },
        restarts: [
          {
            ...{ permit: 'r-1.2.Deployment/shop/web', uid: 'uid-web', toRevision: rev },
            workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
          },
        ],
      },
    ]);
  });

  it('say how long a workload has to stay ready, where the policy does', () => {
    const { spec, ...rollout } = rolloutWith({});
    const patient = { ...rollout, spec: { ...spec, target: { ...spec.target, minReadyMs: 1_500 } } };
    expect(permitsFor(patient, 'c1', { hubEpoch: 3, at: AT })[0]?.minReadySeconds).toBe(2);
  });

  it('of what a person named have no cause, and force what is current already', () => {
    const cause = { source: null, asked: { workloads: [], force: true, digest: 'd' } };
    const forced = { ...rolloutWith({}), cause } as unknown as Rollout;
    expect(permitsFor(forced, 'c1', { hubEpoch: 3, at: AT })[0]).toMatchObject({ causes: [], force: true });
  });

  it('of several sources name those that the cluster has news of, as far as there is room', () => {
    const group = { label: 'team', value: 'shop' };
    const names = Array.from({ length: 70 }, (_, n) => `s${String(n).padStart(2, '0')}`);
    const expected = names.map((name) => `Secret/shop/${name}=${rev}`).join(',');
    const several = {
      ...rolloutWith({ expected }),
      cause: { source: null, group, revisions: [] },
    } as unknown as Rollout;
    const causes = permitsFor(several, 'c1', { hubEpoch: 3, at: AT })[0]?.causes;
    expect(causes?.map(({ name }) => name)).toEqual(names.slice(0, 64));
  });

  it('repeat their ids when they are made again', () => {
    expect(permits({})).toEqual(permits({}));
  });

  it('end with the window, when that lets nothing begin after it', () => {
    expect(permits({ startBy: AT + 60_000 })[0]?.notAfter).toBe('2027-01-01T00:01:00.000Z');
    expect(permits({ startBy: AT + 3_600_000 })[0]?.notAfter).toBe('2027-01-01T00:10:00.000Z');
    expect(permits({ startBy: null })[0]?.notAfter).toBe('2027-01-01T00:10:00.000Z');
  });

  it('leave out what is over and what was not permitted', () => {
    const restarts = [
      restart('over', { phase: 'Succeeded' }),
      restart('later', { revision: null }),
      restart('begun', { phase: 'RollingOut' }),
    ];
    expect(permits({ restarts })[0]?.restarts.map(({ workload }) => workload.name)).toEqual(['begun']);
  });

  it.each<[string, Partial<Target>]>([
    ['nothing was dispatched', { phase: 'Pending' }],
    ['the target is over', { phase: 'Failed' }],
    ['the target is being stopped', { stop: { phase: 'Cancelled', reason: 'Cancelled', message: '' } }],
    ['no restart is open', { restarts: [restart('over', { phase: 'Succeeded' })] }],
  ])('are none when %s', (_what, target) => {
    expect(permits(target)).toEqual([]);
  });

  it('of a target that is being stopped are for what has begun, whose end is still owed', () => {
    const restarts = [restart('a'), restart('b', { phase: 'RollingOut' }), restart('c', { phase: 'Succeeded' })];
    const [permit] = permits({ restarts, stop: { phase: 'Superseded', reason: 'Superseded', message: '' } });
    expect(permit?.restarts.map(({ workload }) => workload.name)).toEqual(['b']);
  });

  it('never make a frame too large', () => {
    const restarts = Array.from({ length: 650 }, (_, n) => restart(`w${n}`));
    expect(permits({ restarts }).map((permit) => permit.restarts.length)).toEqual([300, 300, 50]);
  });

  it('are taken once each was acknowledged or has begun', () => {
    const rollout = rolloutWith({ restarts: [restart('a'), restart('b', { phase: 'Patching' }), restart('c')] });
    const [a = '', c = ''] = ['a', 'c'].map(
      (name) => `r-1.2.${objectKey({ kind: 'Deployment', namespace: 'shop', name })}`,
    );
    expect([[], [a], [c], [a, c]].map((ids) => allTaken(rollout, 'c1', ids))).toEqual([false, false, false, true]);
    expect(allTaken(rollout, 'elsewhere', [])).toBe(true);
  });
});

describe('how long a permit has been on its way', () => {
  const since = (target: Partial<Target>): number | null => waitsSince(rolloutWith(target), 'c1');

  it('counts from the last time that it was to be sent, until the agent has it', () => {
    expect(since({ dispatchedAt: AT, permit: { sends: 2, sentAt: AT + 5, heardAt: null } })).toBe(AT + 5);
    expect(since({ dispatchedAt: AT })).toBe(AT);
    expect(since({ phase: 'Acked', dispatchedAt: AT })).toBeNull();
    expect(waitsSince(rolloutWith({}), 'c2')).toBeNull();
  });
});
