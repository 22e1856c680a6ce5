import type { Arrival } from './arrival';
import { isLive } from './arrival';
import { firstSightOf, inOrder, reckoned, RECORDED } from './first-sight';
import type { LocalKey } from './local-key';
import { markedAfter } from './mark';

const KEY = 'Secret/db' as LocalKey;
const [ABSENT, BEFORE, NOW] = ['none', 'before', 'now'];
const CREATED = '2027-01-01T00:00:10Z';

/** What is known of the source that a workload uses, where it was read in version 12 and replaced another content. */
function known(arrival: Arrival, looked: object = {}, source: object = {}) {
  const member = { key: KEY, revision: NOW, contentVersion: '12', replaced: BEFORE, changedAt: CREATED, ...source };
  const firstSight = firstSightOf('10', arrival);
  return inOrder({ members: [member], resourceVersion: '10', createdAt: CREATED, firstSight, ...looked }, {}, ABSENT)[
    KEY
  ];
}

it.each<[Arrival, boolean]>([
  ['listed', false],
  ['relisted', false],
  ['live', true],
  ['admitted', true],
])('what was told %s can be compared with what came before it: %s', (arrival, expected) => {
  expect(isLive(arrival)).toBe(expected);
});

describe('a source and a workload, told in whatever order', () => {
  it('what replaced another content after the workload was made is a change', () => {
    expect(known('live')).toBe(BEFORE);
  });

  it('so it is though the workload was written again since, as long as it was not reckoned', () => {
    expect(known('live', { resourceVersion: '15' })).toBe(BEFORE);
    const firstSight = reckoned(firstSightOf('10', 'live'));
    expect(known('live', { resourceVersion: '15', firstSight })).toBeUndefined();
    expect(known('live', { resourceVersion: '15', firstSight: RECORDED })).toBeUndefined();
  });

  it.each<[string, Arrival, object, object, string | undefined]>([
    ['by their times after a gap', 'relisted', {}, { changedAt: '2027-01-01T00:00:11Z' }, BEFORE],
    ['a change in the same second is one', 'relisted', {}, {}, BEFORE],
    ['what came in the same second is none', 'relisted', {}, { replaced: ABSENT }, undefined],
    ['what came in the next is one', 'relisted', {}, { replaced: ABSENT, changedAt: '2027-01-01T00:00:11Z' }, ABSENT],
    ['nothing changed before it was made', 'relisted', {}, { changedAt: '2027-01-01T00:00:09Z' }, undefined],
    ['nothing is known without the time of either', 'relisted', { createdAt: null }, {}, undefined],
    ['nothing is known without the time of the change', 'relisted', {}, { changedAt: null }, undefined],
    ['times say nothing where there was no gap', 'listed', {}, { changedAt: '2027-01-01T00:00:11Z' }, undefined],
  ])('%s', (...row) => {
    const [, arrival, looked, source, expected] = row;
    expect(known(arrival, { resourceVersion: '15', ...looked }, source)).toBe(expected);
  });

  it('what was there before the workload was made is what its pods have started with', () => {
    expect(known('live', { firstSight: firstSightOf('20', 'live') }, { replaced: undefined })).toBe(NOW);
    expect(known('listed', { firstSight: firstSightOf('20', 'listed') }, { replaced: undefined })).toBeUndefined();
  });
});

describe('after which version of the workload a mark was left', () => {
  const seen = (mark: string, resourceVersion: string) => ({ mark, resourceVersion });

  it.each([
    ['is not known of the first that is seen', null, 'b', true, ''],
    ['is that of the write that brought it, where nothing lies between', 'a', 'b', true, '7'],
    ['is at least that of the one before, where something may', 'a', 'b', false, '5'],
    ['stays while the mark does', 'b', 'b', true, '3'],
  ] as const)('%s', (...row) => {
    const [, before, now, isNext, expected] = row;
    const was = before === null ? null : { record: seen(before, '5'), markedAfter: '3' };
    expect(markedAfter(was, seen(now, '7'), isNext)).toBe(expected);
  });
});
