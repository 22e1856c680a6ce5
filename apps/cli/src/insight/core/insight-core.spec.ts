import type { ConvergenceView, PlanView } from '@app/contracts/api/views';
import { viewLines } from '../../output/core/table';
import { CONVERGENCE_LIST, convergenceGap, hasConverged } from './convergence-list';
import { explainLines } from './explain-lines';
import { readSource, readWorkload } from './object-name';
import { PLAN_LIST, planNotes } from './plan-list';

const NOW = Date.parse('2026-05-04T10:00:00Z');
const HOW = { wide: false, width: null, now: NOW };

describe('names of objects', () => {
  it.each(['Secret/shop/db', 'secret/shop/db', 'SECRET/shop/db'])('%s is a Secret', (text) =>
    expect(readSource(text)).toEqual({ ok: true, value: { kind: 'Secret', namespace: 'shop', name: 'db' } }),
  );

  it('are understood as kubectl shortens their kinds', () => {
    expect(readSource('cm/shop/a.b')).toMatchObject({ value: { kind: 'ConfigMap', name: 'a.b' } });
    expect(readWorkload('deploy/shop/web')).toMatchObject({ value: { kind: 'Deployment' } });
    expect(readWorkload('sts/shop/web')).toMatchObject({ value: { kind: 'StatefulSet' } });
    expect(readWorkload('ds/shop/web')).toMatchObject({ value: { kind: 'DaemonSet' } });
  });

  it.each([
    ['db', '"db" has to be KIND/NAMESPACE/NAME, for example ConfigMap/shop/db.'],
    ['Secret/shop', '"Secret/shop" has to be KIND/NAMESPACE/NAME, for example ConfigMap/shop/db.'],
    ['Secret/shop/db/key', '"Secret/shop/db/key" has to be KIND/NAMESPACE/NAME, for example ConfigMap/shop/db.'],
    ['deploy/shop/db', expect.stringMatching(/has to be KIND.* with KIND one of ConfigMap, Secret/)],
    ['Secret/Shop/db', '"Shop" can not name a namespace.'],
    ['Secret/shop/d b', '"d b" can not name a Kubernetes object.'],
  ])('%s is refused with a sentence', (text, problem) => expect(readSource(text)).toEqual({ ok: false, problem }));
});

it('a plan is a table of waves; what is to be said beside it comes after', () => {
  const workload = {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    replicas: 1,
    state: 'Current',
    reason: '',
  } as const;
  const wave = { phase: 'Pending', maxConcurrency: 2, maxFailures: 1, soakSeconds: 600 };
  const target = (cluster: string, earliest: string | null) => ({ cluster, earliest, workloads: [workload] });
  const plan: PlanView = {
    ...{ policy: { name: 'prod', version: 7 }, planHash: 'abc', planned: 3 },
    waves: [
      { ...wave, name: 'dev', targets: [target('dev-1', '2026-05-04T09:59:59Z')] },
      { ...wave, name: 'prod', targets: [target('eu-1', '2026-05-04T10:10:00.000Z'), target('us-1', null)] },
      { ...wave, name: 'rest', targets: [target('lab-1', null)] },
      { ...wave, name: 'late', phase: 'Skipped', reason: 'Empty', soakSeconds: 0, targets: [] },
    ],
    warnings: [{ code: 'OFFLINE', subject: 'lab-1', detail: 'its agent is away' }],
  };
  expect(viewLines(PLAN_LIST, plan.waves, HOW)).toEqual([
    'WAVE  CLUSTERS   WORKLOADS  EARLIEST              SOAK',
    'dev   dev-1      1          now                   10m',
    'prod  eu-1,us-1  2          2026-05-04T10:10:00Z  10m',
    'rest  lab-1      1          unknown               10m',
    'late  -          0          skipped               0s',
  ]);
  const wide = viewLines(PLAN_LIST, plan.waves, { ...HOW, wide: true });
  expect(wide[2]).toContain(' eu-1:2026-05-04T10:10:00Z,us-1:unknown ');
  expect(planNotes(plan)).toEqual(['! OFFLINE lab-1: its agent is away', 'policy prod@7, 3 clusters, plan hash abc']);
});

it('a plan says once what is the same in many clusters', () => {
  const warning = (cluster: number) => ({ code: 'SINGLE_REPLICA', subject: `eu-${cluster}`, detail: 'one replica' });
  const plan: PlanView = {
    ...{ policy: { name: 'prod', version: 7 }, planHash: 'abc', planned: 7, waves: [] },
    warnings: [...[1, 2, 3, 4, 5, 6, 7].map(warning), { ...warning(1), detail: 'no replica' }],
  };
  expect(planNotes(plan).slice(0, -1)).toEqual([
    '! SINGLE_REPLICA eu-1, eu-2, eu-3, eu-4, eu-5 and 2 more: one replica',
    '! SINGLE_REPLICA eu-1: no replica',
  ]);
});

it('an explanation lists its checks, and what comes next last', () => {
  const checks = [
    { check: 'ClusterKnown', ok: true, detail: 'cluster prod-1 is registered' },
    { check: 'OptedIn', ok: false, detail: 'nothing opts it in' },
  ];
  expect(explainLines({ checks, next: 'Annotate the workload.' })).toEqual([
    '1 ✔ ClusterKnown  cluster prod-1 is registered',
    '2 ✘ OptedIn       nothing opts it in',
    'next: Annotate the workload.',
  ]);
});

describe('convergence', () => {
  type Item = ConvergenceView['items'][number];
  const item = (cluster: string, state: Item['state'], more: Partial<Item> = {}): Item => ({
    ...{ cluster, state, reason: '', revision: 'k1:9ab0', workloads: { total: 3, current: 3 } },
    ...{ pods: { total: 18, current: 18 } },
    ...more,
  });

  it('of the unknown, and of nothing, is none', () => {
    expect(hasConverged({ items: [item('a', 'Converged'), item('b', 'Converged')] })).toBe(true);
    expect(hasConverged({ items: [item('a', 'Converged'), item('b', 'Behind')] })).toBe(false);
    expect(hasConverged({ items: [item('a', 'Converged'), item('b', 'Unknown')] })).toBe(false);
    expect(hasConverged({ items: [] })).toBe(false);
    expect(convergenceGap({ items: [] })).toContain('no cluster is known to use');
  });

  it('is shown by cluster', () => {
    const behind = { workloads: { total: 3, current: 2 }, pods: { total: 18, current: 14 }, reason: 'WorkloadPending' };
    const items = [
      item('eu-1', 'Converged'),
      item('us-1', 'Behind', behind),
      item('ap-1', 'Unknown', { revision: null, reason: 'AgentOffline' }),
    ];
    expect(viewLines(CONVERGENCE_LIST, items, HOW)).toEqual([
      'CLUSTER  STATE      REVISION  WORKLOADS  PODS   REASON',
      'eu-1     Converged  k1:9ab0   3/3        18/18  -',
      'us-1     Behind     k1:9ab0   2/3        14/18  WorkloadPending',
      'ap-1     Unknown    -         3/3        18/18  AgentOffline',
    ]);
    expect(convergenceGap({ items })).toBe('1 of 3 clusters have converged; 1 behind, 1 unknown');
  });
});
