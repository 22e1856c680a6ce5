import type { SourceFact } from '@app/contracts/wire/facts';
import { inParts, snapshotDifference } from './snapshot-diff';

const source = (name: string, labels: Record<string, string> = {}): SourceFact => ({
  ...{ kind: 'Secret', namespace: 'shop', name, revision: null, labels, changedAt: null },
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

  it('is cut into parts that hold all of it', () => {
    const sources = Array.from({ length: 5 }, (_, n) => source(`s${n}`));
    const parts = inParts({ sources, workloads: [], goneSources: [], goneWorkloads: [] }, 2);
    expect(parts.map((part) => part.sources.length)).toEqual([2, 2, 1]);
    expect(parts.flatMap((part) => part.sources)).toEqual(sources);
  });
});
