import { expectedBack, RETURN_MS } from './patience';

const AT = 1_000_000;
const gone = (cluster: string, forMs: number): { cluster: string; since: number } => ({ cluster, since: AT - forMs });

describe('whom a plan waits for', () => {
  it('those who were there a moment ago, and nobody who has been away for long', () => {
    const absent = [gone('c2', RETURN_MS - 1), gone('c3', RETURN_MS), gone('c1', 0)];
    expect(expectedBack(absent, { at: AT, graceMs: 5 * RETURN_MS })).toEqual(['c1', 'c2']);
  });

  it('no longer than the policy bears with clusters that are off line', () => {
    expect(expectedBack([gone('c1', 999), gone('c2', 1_000)], { at: AT, graceMs: 1_000 })).toEqual(['c1']);
    expect(expectedBack([gone('c1', 0)], { at: AT, graceMs: 0 })).toEqual([]);
  });
});
