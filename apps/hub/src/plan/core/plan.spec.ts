import type { Labels } from '@app/contracts/objects';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { CandidateCluster } from './model';
import { makePlan } from './plan';

const subject = 'Secret/shop/db';
const workload = (name: string, labels: Labels = {}, replicas = 2) => ({
  ref: { kind: 'Deployment' as const, namespace: 'shop', name },
  uid: name,
  labels,
  replicas,
  pending: true,
  state: 'Pending',
  reason: '',
});
const cluster = (name: string, labels: Labels = {}, workloads = [workload('web')]): CandidateCluster => ({
  name,
  labels,
  from: null,
  to: 'k000000:aaaaaaaaaaaaaaaaaaaaaa',
  workloads,
});
const fleet = (n: number) => Array.from({ length: n }, (_, i) => cluster(`c${String(i + 1).padStart(2, '0')}`));

function policy(document: object) {
  const parsed = parsePolicy(document, 'p');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}
const full = (spec: object) =>
  policy({ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' }, spec });

function plan(document: Parameters<typeof makePlan>[0], clusters: readonly CandidateCluster[]) {
  const made = makePlan(document, { subject, clusters });
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.plan;
}
const names = (made: ReturnType<typeof plan>) =>
  made.waves.map((wave) => [wave.name, ...wave.targets.map((target) => target.cluster)]);

it('rollouts 1: canary over 30 clusters is 1, 3 and 26 in name order with a stable hash input', () => {
  const made = plan(policy({ rollout: 'canary' }), fleet(30));
  expect(made.waves.map((wave) => wave.targets.length)).toEqual([1, 3, 26]);
  expect(made.waves[1]?.targets.map((target) => target.cluster)).toEqual(['c02', 'c03', 'c04']);
  expect(plan(policy({ rollout: 'canary' }), [...fleet(30)].reverse()).canonical).toBe(made.canonical);
  expect(plan(policy({ rollout: 'canary' }), fleet(29)).canonical).not.toBe(made.canonical);
});

it('rollouts 2: canary over one cluster leaves the other waves empty', () => {
  expect(plan(policy({ rollout: 'canary' }), fleet(1)).waves.map((wave) => wave.targets.length)).toEqual([1, 0, 0]);
});

it('rollouts 3: no cluster: nothing is planned', () => {
  expect(plan(policy({ rollout: 'canary' }), []).planned).toBe(0);
});

it('rollouts 4: names every unassigned cluster, not only ten', () => {
  const made = makePlan(full({ waves: [{ name: 'a', clusters: { names: ['c01'] } }] }), {
    subject,
    clusters: fleet(20),
  });
  expect(!made.ok && [made.refusal.code, made.refusal.subjects.length, made.refusal.detail.includes('c20')]).toEqual([
    'UNASSIGNED',
    19,
    true,
  ]);
});

it('rollouts 5: a cluster that two waves match goes with the first, with a warning', () => {
  const made = plan(
    full({
      waves: [
        { name: 'a', clusters: { selector: 'env=dev' } },
        { name: 'b', clusters: { names: ['c01', 'c02'] } },
      ],
    }),
    [cluster('c01', { env: 'dev' }), cluster('c02')],
  );
  expect(names(made)).toEqual([
    ['a', 'c01'],
    ['b', 'c02'],
  ]);
  expect(made.warnings.map(({ code, subject }) => [code, subject])).toEqual([['MATCHED_TWICE', 'c01']]);
});

it('rollouts 7: refuses workload rules that go in circles in one cluster only, naming it', () => {
  const rules = {
    dependsOn: {
      workloads: [
        { first: 'app=auth', then: 'app=api' },
        { first: 'tier=x', then: 'role=y' },
      ],
    },
    rollout: 'all',
  };
  const both = [workload('auth', { app: 'auth', role: 'y' }), workload('api', { app: 'api', tier: 'x' })];
  const fine = [workload('auth', { app: 'auth' }), workload('api', { app: 'api' })];
  const made = makePlan(full(rules), { subject, clusters: [cluster('c01', {}, fine), cluster('c07', {}, both)] });
  expect(!made.ok && [made.refusal.code, made.refusal.subjects]).toEqual(['CYCLE', ['c07']]);
  const ordered = plan(full(rules), [cluster('c01', {}, fine)]);
  expect(ordered.waves[0]?.targets[0]?.workloads.map(({ ref, after }) => [ref.name, after])).toEqual([
    ['api', ['Deployment/shop/auth']],
    ['auth', []],
  ]);
});

it('rollouts 8, 9: resolves limits: 10 % of 4 runs one at a time, 25 % of 3 tolerates none, 5 of 3 is clamped and warned', () => {
  const wave = (more: object) => full({ waves: [{ name: 'a', clusters: { rest: true }, ...more }] });
  expect(plan(wave({ maxConcurrency: '10%' }), fleet(4)).waves[0]?.maxConcurrency).toBe(1);
  expect(plan(wave({ maxFailures: '25%' }), fleet(3)).waves[0]?.maxFailures).toBe(0);
  const clamped = plan(wave({ maxFailures: 5 }), fleet(3));
  expect([clamped.waves[0]?.maxFailures, clamped.warnings.map(({ code }) => code)]).toEqual([
    3,
    ['TOLERATES_TOTAL_FAILURE'],
  ]);
});

it('rest takes what every other wave left, wherever it stands; unassigned rest makes a last wave', () => {
  const middle = full({
    waves: [
      { name: 'r', clusters: { rest: true } },
      { name: 'b', clusters: { names: ['c01'] } },
    ],
  });
  expect(names(plan(middle, fleet(2)))).toEqual([
    ['r', 'c02'],
    ['b', 'c01'],
  ]);
  const tail = full({ unassigned: 'rest', waves: [{ name: 'a', clusters: { names: ['c01'] } }] });
  expect(names(plan(tail, fleet(2)))).toEqual([
    ['a', 'c01'],
    ['unassigned', 'c02'],
  ]);
  expect(plan(tail, fleet(2)).waves[1]?.dependsOn).toEqual(['a']);
});

it('orders a wave by a label as integer, missing last', () => {
  const by = full({ waves: [{ name: 'a', clusters: { rest: true, orderBy: { label: 'rank', as: 'integer' } } }] });
  expect(names(plan(by, [cluster('a'), cluster('b', { rank: '10' }), cluster('c', { rank: '9' })]))).toEqual([
    ['a', 'c', 'b', 'a'],
  ]);
});

it('tells of workloads that a restart would interrupt, and of those that it would not reach', () => {
  const still = (name: string, reason: string) => ({ ...workload(name, {}, 0), reason });
  const all = [still('a', 'OnDelete'), still('b', 'PausedWorkload'), still('c', 'ScaledToZero')];
  const made = plan(policy({ rollout: 'all' }), [cluster('c01', {}, all), cluster('c02', {}, [workload('d', {}, 1)])]);
  expect(made.warnings.map(({ code, subject }) => [code, subject])).toEqual([
    ['ON_DELETE', 'c01'],
    ['PAUSED', 'c01'],
    ['SCALED_TO_ZERO', 'c01'],
    ['SINGLE_REPLICA', 'c02'],
  ]);
  for (const { detail } of made.warnings) expect(detail).toContain('Deployment/');
});

it('tells of budgets that let no pod go, unless the policy does not care', () => {
  const strict = { ...workload('a', {}, 1), budget: 'never' };
  const clusters = [cluster('c01', {}, [strict, workload('b')])];
  const made = plan(policy({ rollout: 'all' }), clusters);
  expect(made.warnings.map(({ code, subject }) => [code, subject])).toEqual([
    ['SINGLE_REPLICA', 'c01'],
    ['PDB', 'c01'],
  ]);
  expect(made.warnings[1]?.detail).toMatch(/Deployment\/.*\/a is under the disruption budget never/);
  const careless = plan(full({ rollout: 'all', target: { pdb: 'ignore' } }), clusters);
  expect(careless.warnings.map(({ code }) => code)).toEqual(['SINGLE_REPLICA']);
});

it('applies the match on workloads and warns of single replicas', () => {
  const only = policy({ rollout: 'all', match: { workloads: { labels: 'reload!=off' } } });
  const made = plan(only, [
    cluster('c01', {}, [workload('a', { reload: 'off' }), workload('b', {}, 1)]),
    cluster('c02', {}, [workload('c', { reload: 'off' })]),
  ]);
  expect(names(made)).toEqual([['all', 'c01']]);
  expect(made.warnings.map(({ code }) => code)).toEqual(['SINGLE_REPLICA']);
});
