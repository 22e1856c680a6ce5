import { parsePolicy } from '@app/contracts/policy/parse';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { workloadSeen } from './workload-view';

const policy = (spec: object) => {
  const document = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'careful' } };
  const parsed = parsePolicy({ ...document, spec: { rollout: 'all', ...spec } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { policy: parsed.policy };
};
const fact = (patch: Partial<WorkloadFact> = {}) => ({
  ...{ cluster: 'c1', kind: 'Deployment' as const, namespace: 'shop', name: 'web', uid: 'u', labels: {}, reason: '' },
  ...{ state: 'Current' as const, message: '', want: null, have: null, proof: 'exact' as const, sources: [] },
  pods: { desired: 1, updated: 1, ready: 1 },
  annotations: { policy: 'careful' },
  ...patch,
});

it.each([
  ['is not there', []],
  ['is disabled', [policy({ enabled: false })]],
  ['leaves the workload alone', [policy({ match: { workloads: { kinds: ['Job'] } } })]],
])('a choice of a policy that %s is told', (_, policies) => {
  expect(workloadSeen(fact(), policies)).toMatchObject({
    ...{ state: 'Current', reason: 'PolicyNotFollowed' },
    message: expect.stringContaining('careful: no enabled policy of that name') as string,
  });
});

it('is told before what calls for no action', () => {
  expect(workloadSeen(fact({ reason: 'KeysIgnored' }), []).reason).toBe('PolicyNotFollowed');
});

it('what the agent says goes first, and nothing is told of a choice that holds, or of none', () => {
  const said = fact({ reason: 'InvalidAnnotation' });
  expect(workloadSeen(said, [])).toBe(said);
  const chosen = fact();
  expect(workloadSeen(chosen, [policy({})])).toBe(chosen);
  const silent = fact({ annotations: undefined });
  expect(workloadSeen(silent, [])).toBe(silent);
});
