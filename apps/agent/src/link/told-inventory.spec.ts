import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import { FactBook } from '../inventory/fact-book';
import type { Inventory } from '../inventory/inventory.port';
import { ToldInventory } from './told-inventory';

const WEB: WorkloadFact = {
  ...{ kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u', labels: {}, state: 'Current', reason: '' },
  ...{ message: '', want: null, have: null, proof: 'exact', sources: [], pods: { desired: 1, updated: 1, ready: 1 } },
};
const DB: SourceFact = { kind: 'Secret', namespace: 'shop', name: 'db', revision: null, labels: {}, changedAt: null };

function told(annotations: { policy: string } | null): ToldInventory {
  const book = new FactBook();
  book.putWorkload('web', annotations ? { ...WEB, annotations } : WEB);
  book.putSource('db', annotations ? { ...DB, annotations } : DB);
  const whole: Inventory = {
    ...{ ready: () => true, whenReady: () => Promise.resolve(), onChange: () => undefined },
    ...{ sources: () => book.sources(), workloads: () => book.workloads(), pendingCount: () => book.pending },
    source: (key) => book.source(key),
    workload: (key) => book.workload(key),
    digest: (proto) => book.digest(proto),
    warnings: () => [{ code: 'OtherReloader', detail: 'it is there' }],
  };
  return new ToldInventory(whole);
}

describe('the inventory as a hub is told it', () => {
  it('has everything for a hub of today', () => {
    const inventory = told({ policy: 'careful' });
    expect(inventory.speak(2)).toBe(false);
    expect(inventory.workload('web')).toHaveProperty('annotations');
    expect(inventory.source('db')).toHaveProperty('annotations');
    expect(inventory.warnings()).toHaveLength(1);
  });

  it('has for an older hub what that one takes, with the digest of that', () => {
    const inventory = told({ policy: 'careful' });
    expect(inventory.speak(1)).toBe(true);
    expect(inventory.workload('web')).toEqual(WEB);
    expect(inventory.source('db')).toEqual(DB);
    expect(inventory.digest()).toBe(told(null).digest());
    expect(inventory.speak(2)).toBe(true);
    expect(inventory.workload('web')).toHaveProperty('annotations');
  });

  it('is the same for both where nothing is annotated: no snapshot is needed', () => {
    expect(told(null).speak(1)).toBe(false);
  });
});
