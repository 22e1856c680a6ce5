import type { Report } from '@app/contracts/wire/agent-messages';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import type { SourceInCluster } from '../../../fleet/core/candidates';
import { onceStored, singleCause } from './single-cause';

const rev = (letter: string): string => `k0a1b2c:${letter.repeat(22)}`;
const source: SourceFact = {
  ...{ kind: 'Secret', namespace: 'shop', name: 'db', revision: rev('B'), labels: {}, changedAt: null },
};
const workload = (name: string, more: Partial<WorkloadFact> = {}): WorkloadFact => ({
  ...{ kind: 'Deployment', namespace: 'shop', name, uid: 'u', labels: {}, state: 'Pending', reason: '', message: '' },
  ...{ want: rev('W'), have: rev('H'), proof: 'exact', pods: { desired: 1, updated: 1, ready: 1 } },
  sources: [{ kind: 'Secret', name: 'db', revision: rev('B'), haveRevision: rev('A') }],
  ...more,
});
const report = (workloads: WorkloadFact[], sources: SourceFact[] = [source]): Report => ({
  ...{ sources, workloads, goneSources: [], goneWorkloads: [], inventoryDigest: '' },
});

describe('a frame', () => {
  const api: SourceFact = { ...source, name: 'api' };
  const current = workload('old', { state: 'Current', have: rev('W') });

  it('has a single cause when all that is pending in it is so for one source', () => {
    expect(singleCause(report([workload('web'), current, workload('job')], [api, source]))).toEqual({
      source: { kind: 'Secret', namespace: 'shop', name: 'db' },
      ...{ key: 'Secret/shop/db', fact: source, workloads: [workload('web'), workload('job')] },
    });
  });

  it('has it also when it does not tell of the source itself', () => {
    expect(singleCause(report([workload('web')], [api]))).toMatchObject({ key: 'Secret/shop/db', fact: null });
  });

  it('has none when nothing is pending, or when it is so for several', () => {
    const other = { kind: 'Secret' as const, name: 'api', revision: rev('D'), haveRevision: rev('C') };
    expect(singleCause(report([current]))).toBeUndefined();
    expect(singleCause(report([workload('web'), workload('job', { sources: [other] })]))).toBeUndefined();
  });

  it('has none when one of the workloads chooses its policy', () => {
    const choosing = workload('job', { annotations: { policy: 'careful' } });
    expect(singleCause(report([workload('web'), choosing]))).toBeUndefined();
    expect(singleCause(report([workload('web'), workload('job', { annotations: {} })]))).toBeDefined();
  });
});

describe('the cluster once the frame is stored', () => {
  const cause = (...workloads: WorkloadFact[]) => {
    const found = singleCause(report(workloads));
    if (found === undefined) throw new Error('no single cause');
    return found;
  };
  const here = { cluster: 'c1', registration: null, source: null };
  const stored = (name: string, revision: string | null, cluster = 'c1'): SourceInCluster => ({
    ...{ ...here, cluster },
    workloads: [{ fact: workload(name), settled: revision === null ? null : { revision, rollout: 'r-1' } }],
  });

  it('has the workloads of the frame, and the source that the frame tells of', () => {
    expect(onceStored(cause(workload('web')), here, [])).toEqual({
      ...{ ...here, source },
      workloads: [{ fact: workload('web'), settled: null }],
    });
    const known = { ...source, revision: rev('A') };
    const untold = { ...cause(workload('web')), fact: null };
    expect(onceStored(untold, { ...here, source: known }, [])?.source).toBe(known);
  });

  it('remembers what was settled for this very revision, and for no other', () => {
    const settled = (revision: string) =>
      onceStored(cause(workload('web')), here, [stored('web', revision)])?.workloads[0]?.settled;
    expect(settled(rev('B'))).toEqual({ revision: rev('B'), rollout: 'r-1' });
    expect(settled(rev('A'))).toBeNull();
  });

  it('is not known while the frame lacks a workload that is pending there, or another cluster has one', () => {
    const told = cause(workload('web'), workload('job'));
    expect(onceStored(told, here, [stored('job', null), stored('web', null)])).toBeDefined();
    expect(onceStored(told, here, [stored('web', null), stored('late', null)])).toBeUndefined();
    expect(onceStored(told, here, [stored('web', null), stored('web', null, 'c2')])).toBeUndefined();
  });
});
