import { parsePolicy } from '@app/contracts/policy/parse';
import type { CandidateWorkload } from './model';
import { makePlan } from './plan';

const web: CandidateWorkload = {
  ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  ...{ uid: 'web', labels: {}, replicas: 2, pending: true, state: 'Pending', reason: '' },
};
const clusters = (count: number, workload: Partial<CandidateWorkload> = {}) =>
  Array.from({ length: count }, (_, at) => ({
    ...{ name: `c${at + 1}`, labels: {}, from: null, to: null, workloads: [{ ...web, ...workload }] },
  }));

function warningsOf(wave: object, count: number, workload: Partial<CandidateWorkload> = {}) {
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' } },
    spec: { waves: [{ name: 'all', clusters: { rest: true }, ...wave }] },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const made = makePlan(parsed.policy, { subject: 'l', clusters: clusters(count, workload) });
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.plan.warnings;
}

describe('warnings about a wave', () => {
  const bounded = { failureExposure: 'bounded', maxFailures: 0 };
  const serial = {
    ...{ code: 'BOUNDED_IS_SERIAL', subject: 'all' },
    detail: 'no failure is tolerated and exposure is bounded: one cluster at a time',
  };

  it.each<[string, object, number, object[]]>([
    ['of two clusters, bounded, without a failure to spare', bounded, 2, [serial]],
    ['of one cluster', bounded, 1, []],
    ['that tolerates a failure', { ...bounded, maxFailures: 1 }, 3, []],
    ['that is not bounded', { maxFailures: 0, failureExposure: 'unbounded' }, 2, []],
  ])('one %s', (_what, wave, count, expected) => {
    expect(warningsOf(wave, count)).toEqual(expected);
  });

  it.each([
    [1, 2, []],
    [2, 2, ['TOLERATES_TOTAL_FAILURE']],
    [3, 2, ['TOLERATES_TOTAL_FAILURE']],
  ])('one that tolerates %i failures of %i clusters: %j', (maxFailures, count, codes) => {
    expect(warningsOf({ maxFailures, failureExposure: 'unbounded' }, count).map(({ code }) => code)).toEqual(codes);
  });
});

describe('warnings about workloads', () => {
  it.each<[string, string, string]>([
    [
      ...(['OnDelete', 'ON_DELETE'] as const),
      'has the update strategy OnDelete: it is skipped, its pods restart when someone deletes them',
    ],
    ['PausedWorkload', 'PAUSED', 'is paused: it is skipped as long as it is'],
    ['ScaledToZero', 'SCALED_TO_ZERO', 'has no replicas: there is nothing to restart'],
    ['ManualRollout', 'MANUAL_ROLLOUT', 'is rolled out by hand: it is skipped'],
  ])('for the reason %s are %s alone', (reason, code, text) => {
    expect(warningsOf({}, 1, { reason, replicas: 1, budget: 'b' }).filter(({ subject }) => subject === 'c1')).toEqual([
      { code, detail: `Deployment/shop/web ${text}`, subject: 'c1' },
    ]);
  });

  it.each([
    ['Deployment', 1, ['SINGLE_REPLICA']],
    ['StatefulSet', 1, ['SINGLE_REPLICA']],
    ['StatefulSet', 2, []],
    ['DaemonSet', 1, []],
  ] as const)('of a %s with %i replicas: %j', (kind, replicas, codes) => {
    const found = warningsOf({}, 1, { ref: { ...web.ref, kind }, replicas }).filter(({ subject }) => subject === 'c1');
    expect(found.map(({ code }) => code)).toEqual(codes);
  });

  it.each(['constructor', 'toString'])('are none for a reason that only looks known: %s', (reason) => {
    expect(warningsOf({}, 1, { reason }).filter(({ subject }) => subject === 'c1')).toEqual([]);
  });
});
