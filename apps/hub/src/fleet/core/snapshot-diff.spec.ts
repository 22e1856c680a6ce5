import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import { inParts, snapshotDifference } from './snapshot-diff';

const source = (name: string, labels: Record<string, string> = {}): SourceFact => ({
  ...{ kind: 'Secret', namespace: 'shop', name, revision: null, labels, changedAt: null },
});
const workload = (name: string, state: WorkloadFact['state'] = 'Current'): WorkloadFact => ({
  ...{ kind: 'Deployment', namespace: 'shop', name, uid: name, labels: {}, state, reason: '', message: '' },
  ...{ want: null, have: null, proof: 'exact', sources: [], pods: { desired: 1, updated: 1, ready: 1 } },
});
const stored = (...facts: SourceFact[]) => ({
  sources: Object.fromEntries(facts.map((fact) => [`Secret/shop/${fact.name}`, JSON.stringify(fact)])),
  workloads: {},
});

describe('the difference that a snapshot makes', () => {
  it('is nothing when nothing differs', () => {
    const { sources, goneSources } = snapshotDifference(stored(source('a')), { sources: [source('a')], workloads: [] });
    expect([sources, goneSources]).toEqual([[], []]);
  });

  it('names what is new, what differs and what is gone', () => {
    const snapshot = { sources: [source('a', { team: 'x' }), source('new')], workloads: [] };
    const difference = snapshotDifference(stored(source('a'), source('old')), snapshot);
    expect(difference.sources.map(({ name }) => name)).toEqual(['a', 'new']);
    expect(difference.goneSources).toEqual([{ kind: 'Secret', namespace: 'shop', name: 'old' }]);
  });

  it('is found for workloads as for sources', () => {
    const kept = { 'Deployment/shop/same': JSON.stringify(workload('same')), 'Deployment/shop/old': '{}' };
    const workloads = { ...kept, 'Deployment/shop/web': JSON.stringify(workload('web')) };
    const snapshot = { sources: [], workloads: [workload('same'), workload('web', 'Pending'), workload('new')] };
    const difference = snapshotDifference({ sources: {}, workloads }, snapshot);
    expect(difference.workloads.map(({ name }) => name)).toEqual(['web', 'new']);
    expect(difference.goneWorkloads).toEqual([{ kind: 'Deployment', namespace: 'shop', name: 'old' }]);
  });

  it('forgets nothing by a key that this hub does not understand', () => {
    const odd = { 'Gadget/shop/x': '{}' };
    const difference = snapshotDifference({ sources: odd, workloads: odd }, { sources: [], workloads: [] });
    // Strictly: to `toEqual` a list of nothing but undefined is empty.
    expect([difference.goneSources, difference.goneWorkloads]).toStrictEqual([[], []]);
  });

  it('comes in the order in which a workload never lacks its sources', () => {
    const gone = { kind: 'Secret' as const, namespace: 'shop', name: 'old' };
    const parts = inParts(
      {
        ...{ sources: [source('a')], goneSources: [gone, gone, gone] },
        ...{ workloads: [workload('web')], goneWorkloads: [{ ...gone, kind: 'Deployment' }] },
      },
      2,
    );
    expect(parts.map((part) => Object.values(part).map((items) => items.length))).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 2, 0],
      [0, 0, 1, 0],
    ]);
  });

  it('is cut into parts that hold all of it', () => {
    const sources = Array.from({ length: 5 }, (_, n) => source(`s${n}`));
    const parts = inParts({ sources, workloads: [], goneSources: [], goneWorkloads: [] }, 2);
    expect(parts.map((part) => part.sources.length)).toEqual([2, 2, 1]);
    expect(parts.flatMap((part) => part.sources)).toEqual(sources);
  });
});
