import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import { candidateWorkload, overrideIn } from './candidate';

const REVISION = `k000001:${'b'.repeat(22)}`;
const FACT: WorkloadFact = {
  ...{ kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u', labels: { app: 'web' }, state: 'Pending' },
  ...{ reason: 'Told', message: '', want: REVISION, have: null, proof: 'exact', sources: [] },
  pods: { desired: 3, updated: 3, ready: 3 },
};
const CANDIDATE = {
  ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
  ...{ uid: 'u', labels: { app: 'web' }, replicas: 3, pending: true, state: 'Pending', reason: 'Told' },
};

it.each<[string, Partial<WorkloadFact>, object]>([
  ['says no more than is known', {}, {}],
  ['keeps its budget', { budget: 'never' }, { budget: 'never' }],
  ['keeps its annotations', { annotations: { policy: 'p' } }, { annotations: { policy: 'p' } }],
  ['says first why a restart would not reach it', { still: 'OnDelete' }, { reason: 'OnDelete' }],
])('a workload in a plan %s', (_what, fact, expected) => {
  expect(candidateWorkload({ ...FACT, ...fact })).toStrictEqual({ ...CANDIDATE, ...expected });
});

it('a cluster in a plan has an override where the source there asks for one', () => {
  const source: SourceFact = {
    ...{ kind: 'Secret', namespace: 'shop', name: 'db', revision: null, labels: {}, changedAt: null },
  };
  expect(overrideIn({ ...source, annotations: { rolloutOverride: 'canary' } })).toStrictEqual({ override: 'canary' });
  for (const silent of [source, null, undefined]) expect(overrideIn(silent)).toStrictEqual({});
});
