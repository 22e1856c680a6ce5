import type { UsedSource, WorkloadFact } from '@app/contracts/wire/facts';
import { causesOf } from './causes';

const rev = (letter: string): string => `k0a1b2c:${letter.repeat(22)}`;
const used = (name: string, now: string | null, have: string | null): UsedSource => ({
  kind: 'Secret',
  name,
  revision: now === null ? null : rev(now),
  haveRevision: have === null ? null : rev(have),
});
const workload = (sources: readonly UsedSource[], more: Partial<WorkloadFact> = {}): WorkloadFact => ({
  ...{ kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u', labels: {}, state: 'Pending', reason: '' },
  ...{ message: '', want: rev('W'), have: rev('H'), proof: 'exact', sources: [...sources] },
  pods: { desired: 1, updated: 1, ready: 1 },
  ...more,
});
const names = (fact: WorkloadFact): string[] => causesOf(fact).map((cause) => cause.source.name);

describe('causes of a pending workload', () => {
  it('are the sources that hold something else than it was started with', () => {
    const fact = workload([used('db', 'B', 'A'), used('same', 'A', 'A'), used('api', 'D', 'C')]);
    expect(causesOf(fact)).toEqual([
      {
        source: { kind: 'Secret', namespace: 'shop', name: 'db' },
        key: 'Secret/shop/db',
        from: rev('A'),
        to: rev('B'),
      },
      {
        source: { kind: 'Secret', namespace: 'shop', name: 'api' },
        key: 'Secret/shop/api',
        from: rev('C'),
        to: rev('D'),
      },
    ]);
  });

  it('are not guessed while one is known', () => {
    expect(names(workload([used('db', 'B', 'A'), used('unknown', 'C', null)]))).toEqual(['db']);
  });

  it('are those of unknown origin rather than none', () => {
    expect(names(workload([used('new', 'C', null), used('same', 'A', 'A')]))).toEqual(['new']);
  });

  it.each<[string, Partial<WorkloadFact>]>([
    ['is current', { have: rev('W') }],
    ['is not opted in', { state: 'Ignored', want: null }],
  ])('are none for one that %s', (_what, more) => {
    expect(names(workload([used('db', 'B', 'A')], more))).toEqual([]);
  });
});
