import { parsePolicy } from '@app/contracts/policy/parse';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { CandidateCluster, Planned } from './model';
import { makePlan } from './plan';

type Order = readonly Readonly<{ first: string; then: string; scope?: 'cluster' }>[];

function policy(order: Order, waves: readonly object[] = [{ name: 'only', clusters: { rest: true } }]): ResolvedPolicy {
  const workloads = order.map((rule) => ({ scope: 'fleet', ...rule }));
  const spec = { waves, dependsOn: { workloads } };
  const document = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' }, spec };
  const parsed = parsePolicy(document, 'p');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

const cluster = (name: string, ...workloads: readonly Readonly<Record<string, string>>[]): CandidateCluster => ({
  ...{ name, labels: {}, from: null, to: 'k000001:B' },
  workloads: workloads.map((labels, n) => ({
    ref: { kind: 'Deployment', namespace: 'shop', name: labels.app ?? `w${n}` },
    ...{ uid: `u${n}`, labels, replicas: 2, pending: true, state: 'Pending', reason: '' },
  })),
});

const plan = (rules: ResolvedPolicy, ...clusters: readonly CandidateCluster[]): Planned =>
  makePlan(rules, { subject: 'Secret/shop/db', clusters });
const AUTH_FIRST = [{ first: 'app=auth', then: 'app=api' }];

describe('order over the fleet', () => {
  it('marks who comes first and who waits, in whatever cluster; others have no mark', () => {
    const made = plan(
      policy(AUTH_FIRST),
      cluster('c1', { app: 'auth' }, { app: 'web' }),
      cluster('c2', { app: 'api' }, { app: 'auth' }),
    );
    const marks = made.ok
      ? made.plan.waves.flatMap(({ targets }) =>
          targets.flatMap(({ cluster: name, workloads }) =>
            workloads.map(({ ref, fleet, after }) => [`${name}/${ref.name}`, fleet, after.length]),
          ),
        )
      : [];
    expect(marks).toEqual([
      ['c1/auth', { first: [0], after: [] }, 0],
      ['c1/web', undefined, 0],
      ['c2/api', { first: [], after: [0] }, 1],
      ['c2/auth', { first: [0], after: [] }, 0],
    ]);
    expect(made.ok && made.plan.warnings).toEqual([]);
  });

  it.each<[string, Order]>([
    ['', []],
    [', beside rules for each cluster', [{ first: 'tier=edge', then: 'tier=back', scope: 'cluster' }]],
  ])(
    'rollouts 7: is refused where workloads of different clusters would wait for each other, and names them%s',
    (_what, more) => {
      const rules = policy([{ first: 'app=auth', then: 'app=api' }, { first: 'tier=edge', then: 'app=auth' }, ...more]);
      const fine = [cluster('c1', { app: 'auth' }), cluster('c2', { app: 'api' })];
      expect(plan(rules, ...fine).ok).toBe(true);
      const refused = plan(rules, ...fine, cluster('c7', { app: 'api', tier: 'edge' }));
      expect(refused).toMatchObject({
        ok: false,
        refusal: { code: 'CYCLE', subjects: expect.arrayContaining(['c7']) },
      });
      expect(!refused.ok && refused.refusal.detail).toMatch(
        /: c\d\/Deployment\/shop\/\w+, c\d\/Deployment\/shop\/\w+: /,
      );
    },
  );

  it('is warned of where a wave waits for a later one', () => {
    const waves = [
      { name: 'one', clusters: { names: ['c1'] } },
      { name: 'two', clusters: { rest: true } },
    ];
    const [first, last] = [cluster('c1', { app: 'api' }), cluster('c2', { app: 'auth' })];
    const made = plan(policy(AUTH_FIRST, waves), first, last);
    expect(made.ok && made.plan.warnings.map(({ code, subject }) => [code, subject])).toEqual([
      ['FLEET_ORDER_ACROSS_WAVES', 'one'],
    ]);
    const turned = plan(
      policy(
        AUTH_FIRST,
        [...waves].reverse().map((wave, n) => (n ? wave : { ...wave, clusters: { names: ['c2'] } })),
      ),
      first,
      last,
    );
    expect(turned.ok && turned.plan.warnings).toEqual([]);
  });
});
