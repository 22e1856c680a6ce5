import type { UsedSource, WorkloadFact } from '@app/contracts/wire/facts';
import { localOrder, wantToAct } from './local-order';

const [OLD, NEW] = ['kaaaaaa:old', 'kaaaaaa:new'];
const WEB: WorkloadFact = {
  ...{ kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u', labels: {}, state: 'Pending', reason: '' },
  ...{ message: '', want: NEW, have: OLD, proof: 'exact', sources: [], pods: { desired: 1, updated: 1, ready: 1 } },
};
const used = (name: string, revision: string | null, haveRevision: string | null): UsedSource => ({
  ...{ kind: 'Secret', name, revision, haveRevision },
});

it.each<[string, WorkloadFact | undefined, string | null]>([
  ['is pending', WEB, NEW],
  ['has failed, and is pending still', { ...WEB, state: 'Failed', reason: 'DeadlineExceeded' }, NEW],
  ['runs what is wanted', { ...WEB, state: 'Current', have: NEW }, null],
  ['is not opted in', { ...WEB, state: 'Ignored' }, null],
  ['is suspended', { ...WEB, reason: 'Suspended' }, null],
  ['asks for a pause that can not be understood', { ...WEB, reason: 'InvalidPausePeriod' }, null],
  ['is not known', undefined, null],
])('what a workload wants that %s', (_which, fact, want) => {
  expect(wantToAct(fact)).toBe(want);
});

it('an order names the sources that hold something else than before: not those that are gone', () => {
  const sources = [
    used('changed', NEW, OLD),
    used('appeared', NEW, null),
    used('same', OLD, OLD),
    used('gone', null, OLD),
  ];
  const { causes } = localOrder({ ...WEB, sources }, 1, 60_000);
  expect(causes).toEqual([
    { kind: 'Secret', namespace: 'shop', name: 'changed' },
    { kind: 'Secret', namespace: 'shop', name: 'appeared' },
  ]);
});

it('no two orders of one process are the same', () => {
  const [one, two] = [localOrder(WEB, 1, 60_000), localOrder(WEB, 2, 60_000)];
  expect([one.id, one.permit]).not.toEqual([two.id, two.permit]);
  expect(one).toMatchObject({ toRevision: NEW, progressDeadlineMs: 60_000, terms: null });
});
