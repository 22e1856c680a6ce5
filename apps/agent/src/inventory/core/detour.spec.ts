import { type Detour, nextDetour } from './detour';
import type { MemberSource, Reckoning } from './reckon';

const T = (second: number): string => `2026-01-01T00:00:0${second}Z`;
const source = (key: string, more: Partial<MemberSource> = {}): MemberSource => ({
  ...{ key, revision: 'new', replaced: 'old', contentVersion: '10', changedAt: T(1), ...more },
});
const reckoning = (want: string, wanted: Reckoning['wanted']): Reckoning => ({
  ...{ want, have: 'H', wanted, had: { a: 'old', b: 'old', c: 'same' } },
  ...{ record: undefined, credited: false, started: {}, absent: '' },
});
const away = reckoning('W', { a: 'new', b: 'new', c: 'same' });
const home = reckoning('H', { a: 'old', b: 'old', c: 'same' });
/** Changed before the others, and back then its workload was started with it. */
const same = source('c', { changedAt: T(0), contentVersion: '1' });
const begun = (...members: MemberSource[]): Detour | null => nextDetour(null, away, [...members, same]).detour;

describe('a workload whose sources hold something else than it was started with', () => {
  it('does so since the first of those that changed', () => {
    const [first, second] = [
      source('a', { changedAt: T(3), contentVersion: '9' }),
      source('b', { changedAt: T(5), contentVersion: '10' }),
    ];
    const expected = { have: 'H', wanted: away.wanted, since: T(3), sinceVersion: '9' };
    expect(begun(first, second)).toEqual(expected);
    expect(begun(second, first)).toEqual(expected);
  });

  it.each<[string, object, Partial<Detour>]>([
    ['changed nobody knows when', { changedAt: null }, { since: null }],
    ['changed unseen', { replaced: undefined }, { sinceVersion: null }],
    ['has a version that can not be compared', { contentVersion: 'x' }, { sinceVersion: null }],
  ])('has no beginning that is known when one of them %s', (_how, more, unknown) => {
    const seen = { since: T(1), sinceVersion: '10' };
    expect(begun(source('a'), source('b', more as MemberSource))).toMatchObject({ ...seen, ...unknown });
  });

  it('has no version to begin with when a class is rotated, whose pods are written one after another', () => {
    const vault = 'SecretProviderClass/vault';
    const rotated = reckoning('W', { ...away.wanted, [vault]: 'new' });
    const { detour } = nextDetour(null, rotated, [source('a'), source(vault), same]);
    expect(detour).toMatchObject({ since: T(1), sinceVersion: null });
  });

  it('does so since then also when more changes follow, until it is started with others', () => {
    const before = begun(source('a'));
    const members = [source('a', { changedAt: T(7), contentVersion: '70' })];
    expect(nextDetour(before, away, members).detour).toMatchObject({ since: T(1), sinceVersion: '10' });
    expect(nextDetour(before, { ...away, have: 'J' }, members).detour).toMatchObject({ have: 'J', since: T(7) });
  });

  it('returns when they hold once more what it was started with', () => {
    const members = [source('a', { changedAt: T(8) }), source('b', { changedAt: T(9) }), source('c')];
    expect(nextDetour(begun(source('a')), home, members)).toEqual({
      detour: null,
      back: { wanted: away.wanted, had: home.had, since: T(1), sinceVersion: '10', until: T(9) },
    });
    expect(nextDetour(begun(source('a')), home, [source('a', { changedAt: null })]).back).toMatchObject({
      until: null,
    });
  });

  it('has not returned when it was restarted meanwhile, or never was away', () => {
    const restarted = { ...home, want: 'J', have: 'J' };
    expect(nextDetour(begun(source('a')), restarted, [])).toEqual({ detour: null, back: null });
    expect(nextDetour(null, home, [])).toEqual({ detour: null, back: null });
  });
});
