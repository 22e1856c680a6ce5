import type { WorkloadFact } from '@app/contracts/wire/facts';
import type { ClusterRecord } from '../../../fleet/core/cluster-record';
import { chooseWorkloads, wishText } from './workload-candidates';

const rev = (letter: string): string => `k0a1b2c:${letter.repeat(22)}`;
const workload = (name: string, more: Partial<WorkloadFact> = {}): WorkloadFact => ({
  ...{ kind: 'Deployment', namespace: 'shop', name, uid: `uid-${name}`, labels: { app: name } },
  ...{ state: 'Pending', reason: 'Changed', message: '', want: rev('W'), have: rev('H'), proof: 'exact' },
  ...{ pods: { desired: 3, updated: 1, ready: 2 } },
  sources: [{ kind: 'Secret', name: 'db', revision: rev('B'), haveRevision: rev('A') }],
  ...more,
});
const cluster = (name: string, ...facts: WorkloadFact[]) => ({
  registration: { name, labels: { region: 'eu' } } as unknown as ClusterRecord,
  facts,
});
const DB = { kind: 'Secret' as const, namespace: 'shop', name: 'db' };
const WISH = { force: false, source: null };
const CURRENT = workload('same', { state: 'Current', have: rev('W') });
const IGNORED = workload('mute', { state: 'Ignored' });
const names = (chosen: ReturnType<typeof chooseWorkloads>) =>
  chosen.ok ? chosen.clusters.map(({ name, workloads }) => [name, workloads.map(({ ref }) => ref.name)]) : chosen;

describe('of the workloads that a person names', () => {
  it('those that are pending restart, with all that a plan has to know of them', () => {
    expect(chooseWorkloads([cluster('c1', workload('web'), CURRENT), cluster('c2', CURRENT)], WISH)).toEqual({
      ok: true,
      clusters: [
        {
          ...{ name: 'c1', labels: { region: 'eu' }, from: null, to: null },
          workloads: [
            {
              ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
              ...{ uid: 'uid-web', labels: { app: 'web' }, replicas: 3 },
              ...{ pending: true, state: 'Pending', reason: 'Changed' },
            },
          ],
        },
      ],
    });
  });

  it('by force also those that are current, but never one that nothing opts in', () => {
    const undecided = workload('new', { state: 'Current', want: null });
    const forced = chooseWorkloads([cluster('c1', workload('web'), CURRENT, IGNORED, undecided)], {
      ...WISH,
      force: true,
    });
    expect(names(forced)).toEqual([['c1', ['web', 'same']]]);
    expect(forced).toMatchObject({ clusters: [{ workloads: [{ pending: true }, { pending: false }] }] });
  });

  it('only those that use the source when one is named', () => {
    const other = workload('other', {
      sources: [{ kind: 'Secret', name: 'api', revision: rev('B'), haveRevision: rev('A') }],
    });
    const both = workload('both', { sources: [...other.sources, ...workload('x').sources] });
    expect(names(chooseWorkloads([cluster('c1', workload('web'), other, both)], { ...WISH, source: DB }))).toEqual([
      ['c1', ['web', 'both']],
    ]);
  });

  it('none restarts that nobody has reported', () => {
    expect(chooseWorkloads([cluster('c1')], WISH)).toEqual({
      ...{ ok: false, reason: 'WorkloadsUnknown' },
      message: 'no cluster that this concerns has reported any of these workloads',
    });
  });

  it('none restarts that nothing opts in', () => {
    expect(chooseWorkloads([cluster('c1', IGNORED), cluster('c2')], { ...WISH, force: true })).toEqual({
      ...{ ok: false, reason: 'NotOptedIn' },
      message: 'nothing opts these workloads in, so their agents restart none of them',
    });
  });

  it('none restarts that is current, unless it is forced', () => {
    expect(chooseWorkloads([cluster('c1', CURRENT), cluster('c2', IGNORED)], WISH)).toEqual({
      ...{ ok: false, reason: 'AlreadyCurrent' },
      message: 'they run what they should already: only force restarts them again',
    });
  });
});

describe('the text of a wish', () => {
  const web = { kind: 'Deployment' as const, namespace: 'shop', name: 'web' };
  const api = { ...web, name: 'api' };
  const clusters = (...all: string[]) => all.map((name) => ({ name, labels: {}, from: null, to: null, workloads: [] }));

  it('is the same in whatever order workloads and clusters are named, and however often', () => {
    const text = wishText([web, api, web], clusters('b', 'a'), WISH);
    expect(text).toBe('[false,"",["Deployment/shop/api","Deployment/shop/web"],["a","b"]]');
    expect(wishText([api, web], clusters('a', 'b'), WISH)).toBe(text);
  });

  it('differs with force and with the source', () => {
    expect(wishText([], [], { force: true, source: DB })).toBe('[true,"Secret/shop/db",[],[]]');
  });
});
