import type { WorkloadFact } from '@app/contracts/wire/facts';
import { broughtBy, isAsBefore, isAsked, subjectOf, sourcesOf } from './cause';
import { sightOf } from './sight';
import { groupFrom, groupKey, groupOf, isSeen, revisionsFrom, revisionsText } from './source-group';

const rev = (letter: string): string => `k0a1b2c:${letter.repeat(22)}`;
const secret = (name: string) => ({ kind: 'Secret', namespace: 'shop', name }) as const;
const text = (revisions: Readonly<Record<string, string>>): string =>
  revisionsText(new Map(Object.entries(revisions).map(([name, letter]) => [`Secret/shop/${name}`, rev(letter)])));

describe('a group of sources', () => {
  it('has a key that can be read back, and that no source has', () => {
    const group = { label: 'app.kubernetes.io/part-of', value: 'shop.v1' };
    expect(groupFrom(groupKey(group))).toEqual(group);
    expect(['Secret/shop/db', 'group/', 'group/=x', 'workloads/a=b'].map(groupFrom)).toEqual([
      ...[undefined, undefined, undefined, undefined],
    ]);
  });

  it('takes in who has the label that the policy gathers by, with a value', () => {
    const labels = { team: 'shop', none: '' };
    expect([groupOf('team', labels), groupOf('none', labels), groupOf('other', labels)]).toEqual([
      ...[{ label: 'team', value: 'shop' }, undefined, undefined],
    ]);
    expect([groupOf(undefined, labels), groupOf('team', undefined), groupOf('toString', labels)]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });

  it('has one text for its revisions, in whatever order they come', () => {
    expect(text({ db: 'B', mail: 'C' })).toBe(text({ mail: 'C', db: 'B' }));
    expect(revisionsText(revisionsFrom(text({ db: 'B', mail: 'C' })))).toBe(text({ db: 'B', mail: 'C' }));
    expect([revisionsText(new Map()), revisionsFrom('').size, revisionsFrom(rev('B')).size]).toEqual(['', 0, 0]);
  });

  it('is seen as expected in part, but not in nothing and not beyond', () => {
    const both = revisionsFrom(text({ db: 'B', mail: 'C' }));
    const seen = (revisions: Readonly<Record<string, string>>) => isSeen(revisionsFrom(text(revisions)), both);
    expect([
      seen({ db: 'B' }),
      seen({ db: 'B', mail: 'C' }),
      seen({}),
      seen({ db: 'C' }),
      seen({ queue: 'B' }),
    ]).toEqual([...[true, true, false, false, false]]);
  });
});

const group = { label: 'team', value: 'shop' };
const moved = (name: string, cluster = 'c1') => ({ cluster, source: secret(name), from: rev('A'), to: rev('B') });
const cause = { source: null, group, revisions: [moved('db'), moved('mail'), moved('db', 'c2')] };

describe('the cause of a rollout of several sources', () => {
  it('names each source once, and is no wish of a person', () => {
    expect(sourcesOf(cause).map(({ name }) => name)).toEqual(['db', 'mail']);
    expect([subjectOf(cause), isAsked(cause)]).toEqual(['group/team=shop', false]);
    expect([isAsked({ source: null }), isAsked({ source: secret('db') })]).toEqual([true, false]);
  });

  it('brings what a target expects, source by source', () => {
    expect([...broughtBy(cause, text({ db: 'B', mail: 'C' }))]).toEqual([
      ...[
        ['Secret/shop/db', rev('B')],
        ['Secret/shop/mail', rev('C')],
      ],
    ]);
    expect([...broughtBy({ source: secret('db') }, rev('B'))]).toEqual([['Secret/shop/db', rev('B')]]);
    expect([...broughtBy({ source: null }, rev('B'))]).toEqual([]);
  });

  it('is still on its way where each source is as it was before, or as expected', () => {
    const target = { cluster: 'c1', expected: text({ db: 'B', mail: 'B' }) };
    const asBefore = (revisions: Readonly<Record<string, string>>) => isAsBefore(cause, target, text(revisions));
    expect([{ db: 'A', mail: 'B' }, { db: 'A' }, { db: 'C', mail: 'B' }].map(asBefore)).toEqual([true, true, false]);
    const single = { revisions: [{ cluster: 'c1', from: rev('A'), to: rev('B') }] };
    expect(['A', 'B'].map((letter) => isAsBefore(single, { ...target, expected: rev('B') }, rev(letter)))).toEqual([
      ...[true, false],
    ]);
  });
});

describe('what a workload sees of several sources', () => {
  /** A workload that was started with A of what it uses. */
  const using = (uses: Readonly<Record<string, string | null>>, had = 'A'): WorkloadFact =>
    ({
      namespace: 'shop',
      sources: Object.entries(uses).map(([name, letter]) => ({
        ...{ kind: 'Secret', name, revision: letter === null ? null : rev(letter), haveRevision: rev(had) },
      })),
    }) as unknown as WorkloadFact;

  it('is what is expected where its own are, whatever it uses beside them', () => {
    const expected = text({ db: 'B', mail: 'B' });
    const sees = sightOf(cause, [], expected);
    expect(sees(using({ db: 'B' })).source).toBe(expected);
    expect(sees(using({ db: 'B', mail: 'B', other: 'Z' })).source).toBe(expected);
    expect(sees(using({ db: 'B', mail: 'A' })).source).toBe(text({ db: 'B', mail: 'A' }));
    expect([sees(using({ other: 'Z' })).source, sees(using({ db: null })).source]).toEqual([null, null]);
  });

  it('goes by what its own cluster has news of', () => {
    const expected = text({ db: 'B' });
    expect(sightOf(cause, [], expected)(using({ db: 'B', mail: 'A' })).source).toBe(expected);
  });

  it('is, while nothing is expected, what all workloads of the cluster see', () => {
    const [web, mailer] = [using({ db: 'B', mail: 'B' }), using({ mail: 'B' }, 'B')];
    const sees = sightOf(cause, [web, mailer], null);
    const all = text({ db: 'B', mail: 'B' });
    expect(sees(web)).toEqual({ source: all, had: text({ db: 'A', mail: 'A' }) });
    expect(sees(mailer)).toEqual({ source: all, had: all });
    const { sources } = using({ mail: 'B' }, 'B');
    const half = { ...web, sources: [...using({ db: 'B' }).sources, ...sources] };
    expect(sees(half)).toEqual({ source: all, had: text({ db: 'A', mail: 'B' }) });
  });

  it('is, of one source, its revision; of what a person asks for, nothing', () => {
    const one = { source: secret('db'), revisions: [] };
    expect(sightOf(one, [], rev('B'))(using({ db: 'B' }))).toEqual({ source: rev('B'), had: rev('A') });
    expect(sightOf(one, [], rev('B'))(using({ mail: 'B' }))).toEqual({ source: null, had: null });
    expect(sightOf({ source: null, revisions: [] }, [], null)(using({ db: 'B' }))).toEqual({ source: null, had: null });
  });
});
