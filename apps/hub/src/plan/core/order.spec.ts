import { parsePolicy } from '@app/contracts/policy/parse';
import type { CandidateWorkload } from './model';
import { orderWorkloads } from './order';
import { makePlan } from './plan';

const workload = (name: string, restartAfter: string[] = [], namespace = 'shop'): CandidateWorkload => ({
  ref: { kind: 'Deployment', namespace, name },
  ...{ uid: name, labels: { app: name }, replicas: 2, pending: true, state: 'Pending', reason: '' },
  ...(restartAfter.length > 0 && { annotations: { restartAfter } }),
});
const key = (name: string): string => `Deployment/shop/${name}`;
const rule = (first: string, then: string) => ({
  first: [{ key: 'app', op: 'in' as const, values: [first] }],
  then: [{ key: 'app', op: 'in' as const, values: [then] }],
});

describe('the order that annotations ask for', () => {
  it('is among workloads of one namespace, of whatever kind, that restart together', () => {
    const set = { ...workload('db'), ref: { kind: 'StatefulSet' as const, namespace: 'shop', name: 'db' } };
    const all = [workload('web', ['db', 'gone']), workload('db'), set, workload('db', [], 'other')];
    expect(orderWorkloads([], all)).toEqual({
      ...{ ok: true, dropped: [] },
      after: { [key('web')]: [key('db'), 'StatefulSet/shop/db'] },
    });
  });

  it('is added to the order of the policy, which wins', () => {
    const all = [workload('api', ['web']), workload('db', ['cache']), workload('cache'), workload('web')];
    expect(orderWorkloads([rule('api', 'web')], all)).toEqual({
      ok: true,
      after: { [key('web')]: [key('api')], [key('db')]: [key('cache')] },
      dropped: [{ workload: key('api'), after: key('web') }],
    });
  });

  it('leaves out what would go in a circle, also over others, the same in whatever order they come', () => {
    const all = [workload('a', ['b']), workload('b', ['c']), workload('c', ['a'])];
    const ordered = orderWorkloads([], all);
    expect(ordered).toEqual({
      ok: true,
      after: { [key('a')]: [key('b')], [key('b')]: [key('c')] },
      dropped: [{ workload: key('c'), after: key('a') }],
    });
    expect(orderWorkloads([], all.toReversed())).toEqual(ordered);
  });

  it('is part of the plan and of its name, and what is left out is a warning of its cluster', () => {
    const parsed = parsePolicy({ rollout: 'all' }, 'p');
    if (!parsed.ok) throw new Error('the policy must parse');
    const plan = (...workloads: CandidateWorkload[]) => {
      const cluster = { name: 'c1', labels: {}, from: null, to: null, workloads };
      const made = makePlan(parsed.policy, { subject: 'Secret/shop/db', clusters: [cluster] });
      if (!made.ok) throw new Error(made.refusal.detail);
      return made.plan;
    };
    const made = plan(workload('a', ['b']), workload('b', ['a']));
    expect(made.waves[0]?.targets[0]?.workloads.map(({ after }) => after)).toEqual([[key('b')], []]);
    expect(made.warnings).toEqual([
      expect.objectContaining({
        code: 'RESTART_AFTER_CYCLE',
        subject: 'c1',
        detail: expect.stringContaining(key('b')),
      }),
    ]);
    expect(plan(workload('a', ['b']), workload('b')).canonical).not.toBe(plan(workload('a'), workload('b')).canonical);
  });
});
