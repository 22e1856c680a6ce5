import { parsePolicy } from '@app/contracts/policy/parse';
import { assignWaves } from './assign';
import type { CandidateCluster, CandidateWorkload } from './model';
import { makePlan } from './plan';

function policy(spec: object) {
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' }, spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}
const workload = (name: string, labels: Record<string, string> = {}): CandidateWorkload => ({
  ref: { kind: 'Deployment', namespace: 'shop', name },
  ...{ uid: name, labels, replicas: 2, pending: true, state: 'Pending', reason: '' },
});
const cluster = (name: string, rank?: string, workloads = [workload('web')]): CandidateCluster => ({
  ...{ name, labels: rank === undefined ? {} : { rank }, from: null, to: null, workloads },
});
const ordered = (as: string, ...clusters: CandidateCluster[]) =>
  assignWaves(policy({ waves: [{ name: 'a', clusters: { rest: true, orderBy: { label: 'rank', as } } }] }), clusters)
    .waves[0]?.clusters;

describe('the order of a wave', () => {
  it('is by the label as a number; what is none comes last, and equal ranks go by name', () => {
    const clusters = [cluster('d', '2'), cluster('b', '2'), cluster('a', '1x'), cluster('c', '-1'), cluster('e', '10')];
    expect(ordered('integer', ...clusters)).toEqual(['c', 'b', 'd', 'e', 'a']);
    expect(ordered('integer', cluster('b'), cluster('a', ''), cluster('c'))).toEqual(['a', 'b', 'c']);
  });

  it('is by the label as text where the policy says so', () => {
    expect(ordered('string', cluster('c', '9'), cluster('b', '10'), cluster('a'), cluster('d', '10'))).toEqual([
      ...['b', 'd', 'c', 'a'],
    ]);
  });
});

it('clusters that no wave takes are told of where the policy ignores them', () => {
  const ignoring = policy({ unassigned: 'ignore', waves: [{ name: 'a', clusters: { names: ['c1'] } }] });
  const assigned = assignWaves(ignoring, [cluster('c1'), cluster('c2')]);
  expect(assigned).toMatchObject({ unassigned: [], waves: [{ clusters: ['c1'] }] });
  expect(assigned.warnings).toEqual([
    {
      code: 'UNASSIGNED',
      detail: expect.stringMatching(
        /^no wave of policy "\w+" takes it, and by unassigned: ignore .* set unassigned: rest$/,
      ),
      subject: 'c2',
    },
  ]);
});

describe('a plan', () => {
  const made = (spec: object, clusters: readonly CandidateCluster[]) =>
    makePlan(policy(spec), { subject: 'l', clusters });
  const twoWaves = (more: object = {}) => ({
    waves: [
      { name: 'a', clusters: { names: ['c2', 'c1'] }, ...more },
      { name: 'b', clusters: { rest: true } },
    ],
  });

  it('counts the clusters of all waves, and has its workloads in order', () => {
    const both = [workload('web'), workload('api')];
    const plan = made(twoWaves(), [cluster('c3'), cluster('c2', '', both), cluster('c1')]);
    expect(plan).toMatchObject({ ok: true, plan: { planned: 3 } });
    const targets = plan.ok ? plan.plan.waves.flatMap((wave) => wave.targets) : [];
    expect(targets.map((target) => [target.cluster, target.workloads.map(({ ref }) => ref.name)])).toEqual([
      ['c1', ['web']],
      ['c2', ['api', 'web']],
      ['c3', ['web']],
    ]);
  });

  it('has another hash with a ramp than without, and the ramp only in the wave that has one', () => {
    const canonical = (spec: object) => {
      const plan = made(spec, [cluster('c1')]);
      return plan.ok ? plan.plan : undefined;
    };
    const ramped = canonical(twoWaves({ ramp: { start: 1, factor: 2 } }));
    expect(ramped?.canonical).not.toBe(canonical(twoWaves())?.canonical);
    expect(ramped?.waves.map((wave) => Object.hasOwn(wave, 'ramp'))).toEqual([true, false]);
  });

  it('has another hash when it goes by an order over the fleet', () => {
    const rule = (scope: string) => ({
      rollout: 'all',
      dependsOn: { workloads: [{ first: 'app=auth', then: 'app=api', scope }] },
    });
    const clusters = [cluster('c1', '', [workload('auth', { app: 'auth' })]), cluster('c2', '', [workload('api')])];
    const [fleet, here] = ['fleet', 'cluster'].map((scope) => made(rule(scope), clusters));
    expect(fleet?.ok && here?.ok && fleet.plan.canonical === here.plan.canonical).toBe(false);
  });

  it('is refused with every path on which workloads would wait for each other', () => {
    const rules = {
      rollout: 'all',
      dependsOn: {
        workloads: [
          { first: 'app=auth', then: 'app=api' },
          { first: 'tier=x', then: 'role=y' },
        ],
      },
    };
    const circle = [workload('auth', { app: 'auth', role: 'y' }), workload('api', { app: 'api', tier: 'x' })];
    const refused = made(rules, [cluster('c1', '', circle), cluster('c2', '', circle), cluster('c3')]);
    const path = 'Deployment/shop/(api > Deployment/shop/auth > Deployment/shop/api|auth > .*auth)';
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'CYCLE', subjects: ['c1', 'c2'] } });
    expect(refused.ok ? '' : refused.refusal.detail).toMatch(
      new RegExp(`^workloads would wait for each other in c1: ${path}; c2: ${path}: change dependsOn`),
    );
  });

  it('is refused with every cluster that no wave takes', () => {
    const refused = made({ waves: [{ name: 'a', clusters: { names: ['c1'] } }] }, [cluster('c2'), cluster('c3')]);
    expect(refused.ok ? '' : refused.refusal.detail).toContain('c2, c3');
  });
});

describe('a gate of a wave without clusters', () => {
  const before = [
    { type: 'approval', name: 'ok' },
    { type: 'wait', name: 'rest', for: '1m' },
  ];
  const warnings = (names: string[], gates?: object) => {
    const spec = {
      waves: [
        { name: 'a', clusters: { names }, ...(gates && { gates }) },
        { name: 'b', clusters: { rest: true } },
      ],
    };
    const plan = makePlan(policy(spec), { subject: 'l', clusters: [cluster('c1')] });
    return plan.ok ? plan.plan.warnings : [];
  };

  it('asks nobody, and the plan says so', () => {
    expect(warnings(['c9'], { before })).toEqual([
      {
        ...{ code: 'GATE_NOT_ASKED', subject: 'a' },
        detail: 'the wave has no clusters: nobody is asked at its gates (ok, rest)',
      },
    ]);
    expect(warnings(['c1'], { before })).toEqual([]);
    expect(warnings(['c9'])).toEqual([]);
  });
});
