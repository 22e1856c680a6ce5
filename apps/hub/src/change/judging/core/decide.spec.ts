import { objectKey, type SourceRef } from '@app/contracts/objects';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { PendingUser, SourceInCluster } from '../../../fleet/core/candidates';
import { makePlan } from '../../../plan/core/plan';
import { newRollout } from '../../../rollout/core/create';
import type { Rollout } from '../../../rollout/core/model';
import { revisionsText } from '../../../rollout/core/source-group';
import { Targets } from '../../../rollout/core/targets';
import type { Changing } from '../../gathering/core/changing';
import { decideChange } from './decide';

const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const rev = (letter: string): string => `k0a1b2c:${letter.repeat(22)}`;

/** A workload that was started with A, while the source holds `now`. */
function pending(name: string, now: string, settled: PendingUser['settled'] = null): PendingUser {
  return {
    fact: {
      ...{ kind: 'Deployment', namespace: 'shop', name, uid: name, labels: {}, state: 'Pending', reason: '' },
      ...{ message: '', want: rev(now), have: rev('A'), proof: 'exact' },
      sources: [{ kind: 'Secret', name: 'db', revision: rev(now), haveRevision: rev('A') }],
      pods: { desired: 1, updated: 1, ready: 1 },
    },
    settled,
  };
}

const cluster = (name: string, now: string, ...workloads: PendingUser[]): SourceInCluster => ({
  cluster: name,
  registration: null,
  source: { ...SOURCE, revision: rev(now), labels: {}, changedAt: null },
  workloads,
});

const by = (rollout: string, letter: string): PendingUser['settled'] => ({ revision: rev(letter), rollout });

const decide = (source: SourceRef, clusters: readonly SourceInCluster[], active: Rollout | null, all = false) =>
  decideChange({ isGroup: false, concerns: [{ source, clusters }] }, active, all);

/** The rollout `r-1` that carries `letter` to these clusters. */
function carrying(letter: string, ...names: string[]): Rollout {
  const parsed = parsePolicy({ rollout: 'all' }, 'p');
  if (!parsed.ok) throw new Error('the policy must parse');
  const decision = decide(
    SOURCE,
    names.map((name) => cluster(name, letter, pending('web', letter))),
    null,
  );
  const planned = makePlan(parsed.policy, {
    subject: objectKey(SOURCE),
    clusters: decision.type === 'start' ? decision.clusters : [],
  });
  if (!planned.ok) throw new Error('the plan must be made');
  const cause = { source: SOURCE, trigger: 'change', actor: null, reason: null, revisions: [] } as const;
  const { plan } = planned;
  return newRollout({
    id: 'r-1',
    policy: { name: 'p', version: 1 },
    spec: parsed.policy,
    cause,
    plan,
    planHash: '',
    draft: null,
    lineage: 1,
    at: 0,
  });
}

const summary = (decision: ReturnType<typeof decideChange>): unknown =>
  decision.type === 'nothing'
    ? 'nothing'
    : {
        [decision.type]: decision.clusters.map(({ name, to, workloads }) => [
          name,
          to?.slice(8, 9),
          workloads.map(({ ref }) => ref.name),
        ]),
      };

describe('what a change calls for', () => {
  it('nothing while nothing is pending', () => {
    expect(summary(decide(SOURCE, [cluster('c1', 'A')], null))).toBe('nothing');
  });

  it('a rollout over every cluster that is pending', () => {
    const clusters = [
      cluster('c1', 'B', pending('web', 'B'), pending('api', 'B')),
      cluster('c2', 'C', pending('web', 'C')),
      cluster('c3', 'A'),
    ];
    expect(summary(decide(SOURCE, clusters, null))).toEqual({
      start: [
        ['c1', 'B', ['web', 'api']],
        ['c2', 'C', ['web']],
      ],
    });
  });

  it('nothing for what the active rollout carries already', () => {
    const active = carrying('B', 'c1');
    expect(summary(decide(SOURCE, [cluster('c1', 'B', pending('web', 'B', by('r-1', 'B')))], active))).toBe('nothing');
  });

  it('nothing for what an earlier rollout dealt with, however it ended, until asked by hand', () => {
    const clusters = [cluster('c1', 'B', pending('web', 'B', by('r-0', 'B')))];
    expect(summary(decide(SOURCE, clusters, null))).toBe('nothing');
    expect(summary(decide(SOURCE, clusters, null, true))).toEqual({ start: [['c1', 'B', ['web']]] });
  });

  it('a rollout for a newer revision of what an earlier one dealt with', () => {
    const clusters = [cluster('c1', 'C', pending('web', 'C', by('r-0', 'B')))];
    expect(summary(decide(SOURCE, clusters, null))).toEqual({ start: [['c1', 'C', ['web']]] });
  });

  it('a joiner for a cluster that the active rollout does not know', () => {
    const clusters = [cluster('c1', 'B', pending('web', 'B', by('r-1', 'B'))), cluster('c2', 'B', pending('web', 'B'))];
    expect(summary(decide(SOURCE, clusters, carrying('B', 'c1')))).toEqual({ join: [['c2', 'B', ['web']]] });
  });

  it('a successor with everything that is still pending when one cluster has moved on', () => {
    const clusters = [
      cluster('c1', 'C', pending('web', 'C', by('r-1', 'B'))),
      cluster('c2', 'B', pending('web', 'B', by('r-1', 'B'))),
    ];
    const decision = decide(SOURCE, clusters, carrying('B', 'c1', 'c2'));
    expect(summary(decision)).toEqual({
      start: [
        ['c1', 'C', ['web']],
        ['c2', 'B', ['web']],
      ],
    });
    expect(decision.type === 'start' && decision.supersedes?.id).toBe('r-1');
  });

  it('going on in the same rollout for a cluster that got to what others have in it, unless it has begun', () => {
    const all = carrying('C', 'c1', 'c2');
    const late = all.targets.get('c2');
    if (late === undefined) throw new Error('there is a target');
    const active = (attempt: number): Rollout => ({
      ...all,
      targets: all.targets.with([{ ...late, expected: rev('B'), attempt }]),
    });
    const half = cluster('c2', 'C', pending('web', 'C', by('r-1', 'B')), pending('slow', 'B', by('r-1', 'B')));
    expect(summary(decide(SOURCE, [half], active(0)))).toEqual({ join: [['c2', 'C', ['web', 'slow']]] });
    expect(summary(decide(SOURCE, [half], active(1)))).toEqual({ start: [['c2', 'C', ['web', 'slow']]] });
    const newer = cluster('c2', 'D', pending('web', 'D', by('r-1', 'B')));
    expect(summary(decide(SOURCE, [newer], active(0)))).toEqual({ start: [['c2', 'D', ['web']]] });
  });

  it('nothing yet for another workload of a cluster that is under way with the same revision', () => {
    const clusters = [cluster('c1', 'B', pending('web', 'B', by('r-1', 'B')), pending('late', 'B'))];
    expect(summary(decide(SOURCE, clusters, carrying('B', 'c1')))).toBe('nothing');
  });

  it('judges by the source itself when a workload has not seen the newest revision yet', () => {
    const clusters = [cluster('c1', 'C', pending('web', 'B'))];
    expect(summary(decide(SOURCE, clusters, carrying('C', 'c1')))).toBe('nothing');
  });

  it('a rollout of what is fresh alone, though something in the same cluster was dealt with before', () => {
    const clusters = [cluster('c1', 'B', pending('old', 'B', by('r-0', 'B')), pending('web', 'B'))];
    expect(summary(decide(SOURCE, clusters, null))).toEqual({ start: [['c1', 'B', ['web']]] });
  });

  it('a successor also when only one of the workloads of a cluster told anything new', () => {
    const half = cluster('c1', 'C', pending('web', 'C', by('r-1', 'C')), pending('api', 'C'));
    expect(summary(decide(SOURCE, [half], carrying('B', 'c1')))).toEqual({
      start: [['c1', 'C', ['web', 'api']]],
    });
  });

  it('a successor without the clusters of which everything was dealt with before', () => {
    const clusters = [cluster('c1', 'C', pending('web', 'C')), cluster('c2', 'C', pending('web', 'C', by('r-0', 'C')))];
    expect(summary(decide(SOURCE, clusters, carrying('B', 'c1', 'c2')))).toEqual({
      start: [['c1', 'C', ['web']]],
    });
  });

  it('tells apart the clusters that told of it from those that the rollout before had', () => {
    const clusters = [
      cluster('c1', 'C', pending('web', 'C', by('r-1', 'B'))),
      cluster('c2', 'B', pending('web', 'B', by('r-1', 'B'))),
      cluster('c3', 'A'),
    ];
    const decision = decide(SOURCE, clusters, carrying('B', 'c1', 'c2'));
    expect(decision).toMatchObject({ telling: ['c1'], clusters: [{ name: 'c1' }, { name: 'c2' }] });
  });

  it('a successor also when only one of several clusters with news carried something else', () => {
    const clusters = [cluster('c1', 'C', pending('web', 'C')), cluster('c9', 'C', pending('web', 'C'))];
    expect(summary(decide(SOURCE, clusters, carrying('B', 'c1')))).toEqual({
      start: [
        ['c1', 'C', ['web']],
        ['c9', 'C', ['web']],
      ],
    });
  });

  it('one rollout under way for who comes late to it and for who moves along in it', () => {
    const all = carrying('C', 'c1', 'c2');
    const late = all.targets.get('c2')!;
    const active = { ...all, targets: all.targets.with([{ ...late, expected: rev('B') }]) };
    const clusters = [cluster('c2', 'C', pending('web', 'C', by('r-1', 'B'))), cluster('c9', 'C', pending('web', 'C'))];
    expect(summary(decide(SOURCE, clusters, active))).toEqual({
      join: [
        ['c9', 'C', ['web']],
        ['c2', 'C', ['web']],
      ],
    });
  });

  it('with the waves that the source asks for in the cluster', () => {
    const asking = { ...cluster('c1', 'B', pending('web', 'B')) };
    const source = asking.source && { ...asking.source, annotations: { rolloutOverride: 'careful' } };
    const overrides = [asking, { ...asking, source }].map((each) => {
      const decision = decide(SOURCE, [each], null);
      return decision.type === 'start' ? decision.clusters[0]?.override : 'none';
    });
    expect(overrides).toEqual([undefined, 'careful']);
  });

  it('with what the cluster ran before, and its labels', () => {
    const registration = { labels: { env: 'prod' } } as unknown as NonNullable<SourceInCluster['registration']>;
    const told = { ...cluster('c1', 'B', pending('web', 'B')), registration };
    const [known, unknown] = [told, cluster('c2', 'B', pending('web', 'B'))].map((each) => {
      const decision = decide(SOURCE, [each], null);
      return decision.type === 'start' ? decision.clusters[0] : undefined;
    });
    expect(known).toMatchObject({ from: rev('A'), to: rev('B'), labels: { env: 'prod' } });
    expect(unknown).toMatchObject({ labels: {} });
  });

  it('nothing for a workload that waits for another source', () => {
    const clusters = [cluster('c1', 'B', pending('web', 'B'))];
    expect(summary(decide({ ...SOURCE, name: 'api' }, clusters, null))).toBe('nothing');
  });
});

describe('what a change of several sources calls for', () => {
  const MAIL = { ...SOURCE, name: 'mail' };
  const text = (revisions: Readonly<Record<string, string>>): string =>
    revisionsText(new Map(Object.entries(revisions).map(([name, letter]) => [`Secret/shop/${name}`, rev(letter)])));

  /** A workload that uses both; what holds A is as it was started. */
  function using(db: string, mail: string, settled: PendingUser['settled'] = null): PendingUser {
    const { fact } = pending('web', 'B');
    const sources = [['db', db] as const, ['mail', mail] as const].map(([name, letter]) => ({
      ...{ kind: 'Secret' as const, name, revision: rev(letter), haveRevision: rev('A') },
    }));
    return { fact: { ...fact, sources }, settled };
  }
  const there = (source: SourceRef, name: string, letter: string, user: PendingUser): SourceInCluster => ({
    ...{ cluster: name, registration: null, workloads: [user] },
    source: { ...source, revision: rev(letter), labels: {}, changedAt: null },
  });
  type Held = Readonly<Record<string, readonly [db: string, mail: string]>>;
  const changing = (held: Held, settled: PendingUser['settled'] = null): Changing => ({
    isGroup: true,
    concerns: [SOURCE, MAIL].map((source, n) => ({
      source,
      clusters: Object.entries(held).map(([name, [db, mail]]) =>
        there(source, name, n === 0 ? db : mail, using(db, mail, settled)),
      ),
    })),
  });
  /** `r-2` carries this in these clusters. */
  function carryingAll(held: Readonly<Record<string, string | null>>): Rollout {
    const { cause, ...rollout } = carrying('B', 'c1');
    const [target] = rollout.targets.all();
    if (!target) throw new Error('there must be a target');
    const named = [{ cluster: 'c1', source: SOURCE, from: null, to: rev('B') }];
    return {
      ...rollout,
      cause: { ...cause, source: null, group: { label: 'team', value: 'shop' }, revisions: named },
      targets: Targets.of(Object.entries(held).map(([cluster, expected]) => ({ ...target, cluster, expected }))),
    };
  }
  const told = (decision: ReturnType<typeof decideChange>): unknown =>
    decision.type === 'nothing'
      ? 'nothing'
      : { [decision.type]: decision.clusters.map(({ name, to, workloads }) => [name, to, workloads.length]) };

  it('is one rollout, with each workload once and every source by itself', () => {
    const decision = decideChange(changing({ c2: ['B', 'A'], c1: ['B', 'B'] }), null);
    expect(told(decision)).toEqual({
      start: [
        ['c1', text({ db: 'B', mail: 'B' }), 1],
        ['c2', text({ db: 'B' }), 1],
      ],
    });
    expect(decision.type === 'start' && decision.clusters[1]).toMatchObject({
      ...{ from: text({ db: 'A' }), sources: [{ source: SOURCE, from: rev('A'), to: rev('B') }] },
    });
  });

  it('is nothing new for a cluster that has what the rollout under way expects there', () => {
    expect(told(decideChange(changing({ c1: ['B', 'A'] }), carryingAll({ c1: text({ db: 'B', mail: 'C' }) })))).toBe(
      'nothing',
    );
  });

  it('is nothing for what an earlier rollout dealt with', () => {
    expect(told(decideChange(changing({ c1: ['B', 'B'] }, by('r-0', 'B')), null))).toBe('nothing');
  });

  it('has nothing before where it is not known what any workload was started with', () => {
    const { concerns } = changing({ c1: ['B', 'B'] });
    const unknown = concerns.map(({ source, clusters: [c1] }) => {
      const workloads = (c1?.workloads ?? []).map(({ fact, settled }) => ({
        fact: { ...fact, sources: fact.sources.map((used) => ({ ...used, haveRevision: null })) },
        settled,
      }));
      return { source, clusters: c1 === undefined ? [] : [{ ...c1, workloads }] };
    });
    const decision = decideChange({ isGroup: true, concerns: unknown }, null);
    expect(decision).toMatchObject({ clusters: [{ from: null, to: text({ db: 'B', mail: 'B' }) }] });
  });

  it.each<[string, Held, Readonly<Record<string, string | null>>]>([
    ['one of the sources and not the other', { c2: ['B', 'B'] }, { c1: text({ db: 'B' }) }],
    ['another revision of a source', { c1: ['C', 'A'] }, { c1: text({ db: 'B' }) }],
    ['another source', { c1: ['B', 'B'] }, { c1: text({ db: 'B' }) }],
    ['another source in a cluster that it does not hold', { c2: ['A', 'B'] }, { c1: text({ db: 'B' }) }],
    ['another source in one that was out of reach', { c2: ['A', 'B'] }, { c1: text({ db: 'B' }), c2: null }],
  ])('is a new rollout in place of one that carries %s', (_, held, carried) => {
    expect(decideChange(changing(held), carryingAll(carried))).toMatchObject({
      type: 'start',
      supersedes: { id: 'r-1' },
    });
  });

  it('is a new rollout in place of one that carries one of them by itself', () => {
    expect(decideChange(changing({ c1: ['B', 'C'] }), carrying('B', 'c1'))).toMatchObject({
      ...{ type: 'start', supersedes: { id: 'r-1' } },
    });
  });

  it('is a place in the rollout under way for a cluster that comes late with what that carries', () => {
    const active = carryingAll({ c1: text({ db: 'B' }), c3: null });
    expect(told(decideChange(changing({ c2: ['B', 'A'], c3: ['C', 'A'] }), active))).toEqual({
      join: [
        ['c2', text({ db: 'B' }), 1],
        ['c3', text({ db: 'C' }), 1],
      ],
    });
  });
});
