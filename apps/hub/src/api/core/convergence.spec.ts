import type { WorkloadFact } from '@app/contracts/wire/facts';
import { type ClusterEvidence, convergenceOf } from './convergence';

const REF = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const NEW = 'k000001:bbbbbbbbbbbbbbbbbbbbbb';
const OLD = 'k000001:aaaaaaaaaaaaaaaaaaaaaa';
const source = { ...REF, revision: NEW, labels: {}, changedAt: null };

const user = (patch: Partial<WorkloadFact> = {}): WorkloadFact => ({
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  uid: 'u',
  labels: {},
  state: 'Current',
  reason: '',
  message: '',
  want: NEW,
  have: NEW,
  proof: 'exact',
  sources: [{ kind: 'Secret', name: 'db', revision: NEW, haveRevision: NEW }],
  pods: { desired: 3, updated: 3, ready: 3 },
  ...patch,
});
const of = (patch: Partial<ClusterEvidence>) =>
  convergenceOf(REF, { cluster: 'a', online: true, source, users: [user()], ...patch });

describe('convergence of a cluster', () => {
  it('is Converged when every user is seen on the present revision with all pods', () => {
    expect(of({})).toEqual({
      cluster: 'a',
      state: 'Converged',
      reason: '',
      revision: NEW,
      workloads: { total: 1, current: 1 },
      pods: { total: 3, current: 3 },
    });
  });

  it.each<[string, Partial<ClusterEvidence>, string, string]>([
    ['its agent is offline', { online: false }, 'Unknown', 'AgentOffline'],
    ['the source was never reported', { source: undefined }, 'Unknown', 'SourceUnknown'],
    ['the source is gone', { source: { ...source, revision: null } }, 'Unknown', 'SourceMissing'],
    ['what the workload runs was never proven', { users: [user({ proof: 'unknown' })] }, 'Unknown', 'ProofUnknown'],
    ['a workload is pending', { users: [user(), user({ state: 'Pending', have: OLD })] }, 'Behind', 'WorkloadPending'],
    ['a workload restarts', { users: [user({ state: 'Restarting' })] }, 'Behind', 'WorkloadRestarting'],
    ['a workload failed', { users: [user({ state: 'Failed' })] }, 'Behind', 'WorkloadFailed'],
    ['the state claims Current but the digests differ', { users: [user({ have: OLD })] }, 'Behind', 'WorkloadCurrent'],
    [
      'a pending workload was never restarted before',
      { users: [user({ state: 'Pending', have: OLD, proof: 'unknown' })] },
      'Behind',
      'WorkloadPending',
    ],
    [
      'one that was never proven failed by itself',
      { users: [user({ state: 'Failed', proof: 'unknown' })] },
      'Unknown',
      'ProofUnknown',
    ],
    [
      'the source moved and the workload has not loaded it',
      { users: [user({ sources: [{ kind: 'Secret', name: 'db', revision: NEW, haveRevision: OLD }] })] },
      'Behind',
      'WorkloadCurrent',
    ],
    ['pods are still old', { users: [user({ pods: { desired: 3, updated: 1, ready: 3 } })] }, 'Behind', 'PodsBehind'],
    [
      'new pods are not ready',
      { users: [user({ pods: { desired: 3, updated: 3, ready: 2 } })] },
      'Behind',
      'PodsBehind',
    ],
  ])('when %s it is not Converged', (_what, patch, state, reason) => {
    expect(of(patch)).toMatchObject({ state, reason });
  });

  it('counts what is opted in, and says so when that is nothing', () => {
    const ignored = user({ state: 'Ignored', want: null, have: null });
    expect(of({ users: [user(), ignored] })).toMatchObject({ state: 'Converged', workloads: { total: 1, current: 1 } });
    expect(of({ users: [ignored] })).toMatchObject({
      state: 'Converged',
      reason: 'NoWorkload',
      workloads: { total: 0 },
    });
  });

  it('asks only about this source of the workload', () => {
    const others = [
      { kind: 'ConfigMap' as const, name: 'db', revision: NEW, haveRevision: OLD },
      { kind: 'Secret' as const, name: 'other', revision: NEW, haveRevision: OLD },
    ];
    expect(of({ users: [user({ sources: [...others, ...user().sources] })] }).state).toBe('Converged');
    expect(of({ users: [user({ sources: [] })] }).state).toBe('Converged');
  });

  it('never shows pods as current whose workload is not, or may not be', () => {
    expect(of({ users: [user({ proof: 'unknown' })] }).pods).toEqual({ total: 3, current: 0 });
    expect(of({ users: [user({ state: 'Pending', have: OLD })] }).pods).toEqual({ total: 3, current: 0 });
  });
});
