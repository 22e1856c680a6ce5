import type { WorkloadFact } from '@app/contracts/wire/facts';
import { besides } from './beside';
import type { Changing } from '../../gathering/core/changing';

const [OLD, NEW] = ['k000001:aaaaaaaaaaaaaaaaaaaaaa', 'k000001:bbbbbbbbbbbbbbbbbbbbbb'];

const workload = (changed: readonly string[], state: WorkloadFact['state'] = 'Pending'): WorkloadFact => ({
  ...{ kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u', labels: {}, state, reason: '', message: '' },
  ...{ want: NEW, have: state === 'Pending' ? OLD : NEW, proof: 'exact', pods: { desired: 1, updated: 1, ready: 1 } },
  sources: ['db', 'mail', 'queue'].map((name) => ({
    ...{ kind: 'Secret' as const, name, revision: changed.includes(name) ? NEW : OLD, haveRevision: OLD },
  })),
});
const changing = (...facts: readonly WorkloadFact[]): Changing => ({
  isGroup: false,
  concerns: [
    {
      source: { kind: 'Secret', namespace: 'shop', name: 'db' },
      clusters: facts.map((fact, n) => ({
        ...{ cluster: `c${n}`, registration: null, source: null, workloads: [{ fact, settled: null }] },
      })),
    },
  ],
});

describe('what changes beside a source', () => {
  it('is what its workloads wait for, too, in any cluster', () => {
    const found = besides(changing(workload(['db', 'mail']), workload(['db', 'queue']), workload(['db', 'mail'])));
    expect(found).toEqual(['Secret/shop/mail', 'Secret/shop/queue']);
  });

  it('is nothing where they wait for it alone, or for nothing', () => {
    expect(besides(changing(workload(['db']), workload(['mail'], 'Current')))).toEqual([]);
  });
});
