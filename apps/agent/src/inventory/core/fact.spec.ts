import type { WorkloadFact } from '@app/contracts/wire/facts';
import { type Parts, read, REV } from '../../testing/read-workload';
import { type Activity, ignoredFact, PODS_BEHIND, type Reckoned, workloadFact } from './fact';
import { NO_MARKS, reactionTo } from './opt-in';
import type { WorkloadRecord } from './records';

describe('what a source that counts is to a workload', () => {
  const how = { names: new Set(['n']), patterns: [], auto: true, search: true, excluded: new Set(['x']) };
  it.each<[string, object, boolean, object]>([
    ['n', { ignore: true }, true, { reacts: false, why: 'SourceIgnored' }],
    ['x', {}, true, { reacts: false, why: 'Excluded' }],
    ['n', {}, false, { reacts: true, why: 'Named' }],
    ['a', { match: true }, true, { reacts: true, why: 'Search' }],
    ['a', {}, true, { reacts: true, why: 'Auto' }],
    ['a', {}, false, { reacts: false, why: 'NotReferenced' }],
    ['z', {}, true, { reacts: false, why: 'NotOptedIn' }],
  ])('%s with %j, used: %s', (name, marks, used, reaction) => {
    expect(reactionTo({ ...how, auto: name !== 'z' }, name, { ...NO_MARKS, ...marks }, used)).toEqual(reaction);
  });
});

type Reckoning = Reckoned['reckoning'];
describe('the fact of a workload', () => {
  const [WANT, HAVE] = [REV('W'), REV('H')];
  const reckoned = (more: Partial<Reckoning> = {}, members: object[] = []): Reckoned => ({
    members: members as never,
    reckoning: {
      ...{ want: WANT, have: WANT, wanted: {}, had: {}, record: undefined, credited: false, started: {} },
      ...{ absent: REV('0'), ...more },
    },
  });
  const fact = (parts: Parts, r: Reckoned, activity: Activity | null = null, more: Partial<WorkloadRecord> = {}) =>
    workloadFact({ ...read(parts), ...more }, r, activity);
  const standing = ({ state, reason, message }: WorkloadFact) => [state, reason, message];
  const ours = { stamp: WANT };

  it('is pending while it wants something else than it has', () => {
    expect(standing(fact({}, reckoned({ have: HAVE })))).toEqual(['Pending', '', '']);
    expect(fact({ spec: { paused: true } }, reckoned({ have: HAVE }))).toMatchObject({ reason: 'PausedWorkload' });
  });

  it('is what a restart of ours does, or did to the revision that it wants', () => {
    const activity: Activity = { state: 'Restarting', revision: HAVE, reason: 'R', message: 'm'.repeat(2000) };
    expect(standing(fact({}, reckoned(), activity))).toEqual(['Restarting', 'R', 'm'.repeat(1024)]);
    expect(standing(fact({}, reckoned(), { ...activity, state: 'Failed' }))).toEqual(['Current', '', '']);
    expect(fact({}, reckoned(), { ...activity, state: 'Failed', revision: WANT })).toMatchObject({ state: 'Failed' });
  });

  it('tells how the pods of our restart came to their end, and of no other', () => {
    const stuck = { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'stuck' }] };
    const failed = { status: { ...stuck, updatedReplicas: 0 } };
    expect(fact(failed, reckoned(), null, ours)).toMatchObject({ state: 'Failed' });
    expect(fact(failed, reckoned())).toMatchObject({ state: 'Current', reason: '' });
    const { status } = read();
    const ended = (succeeded: boolean) => ({
      ...ours,
      status: { ...status, end: { succeeded, reason: 'Because', message: 'it is' } },
    });
    expect(standing(fact({}, reckoned(), null, ended(true)))).toEqual([
      ...['Current', 'JobComplete', 'its Job ran to the end'],
    ]);
    expect(standing(fact({}, reckoned(), null, ended(false)))).toEqual(['Failed', 'JobFailed', 'Because: it is']);
  });

  it('tells what hinders the pods of our restart while they are being replaced', () => {
    const paused = { spec: { paused: true } };
    const progressing = { ...paused, status: { updatedReplicas: 0 } };
    expect(fact(progressing, reckoned(), null, ours)).toMatchObject({ state: 'Current', reason: 'PausedWorkload' });
    expect(fact(paused, reckoned(), null, ours)).toMatchObject({ state: 'Current', reason: '' });
    expect(fact(progressing, reckoned())).toMatchObject({ state: 'Current', reason: '' });
  });

  it('says that someone else restarted it, and what of its annotations is odd', () => {
    expect(standing(fact({}, reckoned({ credited: true })))).toEqual([
      ...['Current', 'AlreadyCurrent', 'its pods were started by someone else after the change'],
    ]);
    const odd = { optIn: { ...read().optIn, warnings: ['one', 'two'] } };
    const misread = { key: 'Secret/db', misread: 'three', changedAt: null };
    expect(standing(fact({}, reckoned({ credited: true }, [misread]), null, odd))).toEqual([
      ...['Current', 'InvalidAnnotation', 'one; two; Secret db: three'],
    ]);
  });

  it.each<[string, Readonly<{ rolledAt: string | null; stamp?: string }>, (string | null)[], WorkloadFact['proof']]>([
    ['our stamp', { rolledAt: null, ...ours }, [], 'exact'],
    ['pods that are younger', { rolledAt: '2026-01-02T00:00:00Z' }, ['2026-01-01T00:00:00Z', null], 'inferred'],
    [
      'pods that are older than one',
      { rolledAt: '2026-01-02T00:00:00Z' },
      ['2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'],
      'unknown',
    ],
    ['pods of unknown age', { rolledAt: null }, ['1970-01-01T00:00:00Z'], 'unknown'],
  ])('is proved by %s', (_what, { rolledAt, ...more }, times, proof) => {
    const members = times.map((changedAt, n) => ({ key: `Secret/s${n}`, changedAt, revision: null }));
    const status = { ...read().status, rolledAt };
    expect(fact({}, reckoned({}, members), null, { status, ...more }).proof).toBe(proof);
    if (proof === 'inferred')
      expect(fact({}, reckoned({ have: HAVE }, members), null, { status, ...more }).proof).toBe('unknown');
  });

  it('is inferred while pods of it run another content', () => {
    const behind: Activity = { state: 'Current', revision: WANT, reason: PODS_BEHIND, message: '' };
    expect(fact({}, reckoned(), behind, ours).proof).toBe('inferred');
    expect(fact({}, reckoned(), { ...behind, revision: HAVE }, ours).proof).toBe('exact');
  });

  it('tells, of more sources than fit, those that make it pending, and after the restart those that changed last', () => {
    const keys = Array.from({ length: 300 }, (_, n) => `ConfigMap/s${n}` as const);
    const old = (key: string) => ({ key, revision: REV('O'), changedAt: '2026-01-01T00:00:00Z' });
    const members = keys.map((key, n) => (n === 290 ? { ...old(key), ...lately } : old(key)));
    const had = Object.fromEntries(keys.map((key) => [key, REV('O')]));
    const told = (more: Partial<Reckoning>) => fact({}, reckoned(more, members)).sources;
    expect(told({ have: HAVE, had })).toHaveLength(256);
    expect(told({ have: HAVE, had })[0]).toMatchObject({ name: 's290', revision: REV('N'), haveRevision: REV('O') });
    const current = told({ had: { ...had, 'ConfigMap/s290': REV('N') } });
    expect(current.slice(0, 2)).toMatchObject([{ name: 's290', haveRevision: REV('N') }, { name: 's0' }]);
  });
  const lately = { revision: REV('N'), changedAt: '2026-01-02T00:00:00Z' };

  it('shows its sources as they are, and one that is gone as what it counts as', () => {
    const key = 'Secret/db';
    const used = (member: object, more: Partial<Reckoning> = {}) =>
      fact({}, reckoned(more, [{ key, changedAt: null, revision: REV('N'), ...member }])).sources[0];
    expect(used({})).toEqual({ kind: 'Secret', name: 'db', revision: REV('N'), haveRevision: null });
    expect(used({}, { wanted: { [key]: REV('L') }, had: { [key]: REV('L') } })).toMatchObject({
      ...{ revision: REV('N'), haveRevision: REV('L') },
    });
    expect(used({ revision: null }, { wanted: { [key]: REV('0') } })?.revision).toBe(REV('0'));
    expect(used({ started: REV('S') }, { wanted: { [key]: REV('S') } })?.revision).toBe(REV('S'));
    expect(used({ started: REV('S') })?.revision).toBeNull();
  });

  it('that nothing opts in says why', () => {
    const why = (parts: Parts) => standing(ignoredFact(read(parts)));
    expect(why({ metadata: { annotations: {} } })).toEqual([
      ...['Ignored', 'NotOptedIn', 'no annotation of it or of its pod template opts it in'],
    ]);
    expect(why({})).toEqual([
      ...['Ignored', 'NothingReferenced', 'it opts in, but no source that it uses or names counts'],
    ]);
    expect(ignoredFact(read())).toMatchObject({ want: null, have: null, proof: 'unknown', sources: [] });
  });
});
