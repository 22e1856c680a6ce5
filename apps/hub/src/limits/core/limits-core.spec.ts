import { DEFAULT_LIMITS, rateOf, type ResolvedLimits } from '@app/contracts/policy/limits';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { admitText } from './admit';
import { knownRates, limitsFor } from './limits-here';
import { type Refusal, refusalOf, refusesAll, type Verdict } from './refusal';
import { verdictOf } from './reply';
import { betterOf, mostAt } from './steady';

const NOTHING: ResolvedLimits = {
  ...{ global: null, cluster: null, namespace: null },
  ...{ minIntervalMs: null, clusters: null, workloadsPerCluster: null, podsPerCluster: null },
};
function policy(limits: Partial<ResolvedLimits> | null, enabled = true): ResolvedPolicy {
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'p' } },
    spec: { rollout: 'all' },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.policy, enabled, ...(limits && { limits: { ...NOTHING, ...limits } }) };
}
const SLOW = rateOf('1/m');
const FAST = rateOf('5/s', 3);
const texts = (rates: readonly Readonly<{ text: string }>[]) => rates.map(({ text }) => text);

describe('the rates that restarts are counted in', () => {
  it('are the defaults and what enabled policies name, each once, by scope', () => {
    const known = knownRates([
      policy({ global: SLOW, cluster: FAST }),
      policy({ global: { ...SLOW, text: '1/1m' } }),
      policy({ global: rateOf('7/m') }, false),
      policy(null),
    ]);
    expect(texts(known.global)).toEqual(['60/m', '1/m']);
    expect(texts(known.cluster)).toEqual(['10/m', '5/s']);
    expect(texts(known.namespace)).toEqual(['4/m']);
  });

  it('differ when either the pace or the burst does', () => {
    const known = knownRates([policy({ global: SLOW }), policy({ global: { ...SLOW, burst: 2 } })]);
    expect(known.global.map(({ burst }) => burst)).toEqual([20, 1, 2]);
  });

  it('are no more than sixteen', () => {
    const many = Array.from({ length: 30 }, (_, n) => policy({ namespace: rateOf(`${n + 10}/m`) }));
    expect(knownRates(many).namespace).toHaveLength(16);
  });
});

describe('the limits of a part of a rollout', () => {
  const none = knownRates([]);

  it('are the defaults where no policy says anything', () => {
    expect(limitsFor([policy(null)], none)).toEqual({
      global: [{ rate: DEFAULT_LIMITS.global, holds: true }],
      cluster: [{ rate: DEFAULT_LIMITS.cluster, holds: true }],
      namespace: [{ rate: DEFAULT_LIMITS.namespace, holds: true }],
      ...{ minIntervalMs: 300_000, clusters: null, workloadsPerCluster: null, podsPerCluster: null },
    });
  });

  it('are all that its policies say: every rate, the longest pause, the least that may be under way', () => {
    const here = limitsFor(
      [
        policy({ global: SLOW, minIntervalMs: 1000, clusters: 5, workloadsPerCluster: 2, podsPerCluster: 9 }),
        policy({ global: FAST, minIntervalMs: 9000, clusters: 3, workloadsPerCluster: 4, podsPerCluster: 7 }),
        policy({ global: SLOW }),
      ],
      none,
    );
    expect(here.global.filter(({ holds }) => holds).map(({ rate }) => rate)).toEqual([SLOW, FAST]);
    expect(here).toMatchObject({ minIntervalMs: 9000, clusters: 3, workloadsPerCluster: 2, podsPerCluster: 7 });
  });

  it('count in the rates of others without waiting for them, and in their own only once', () => {
    const own = policy({ cluster: SLOW });
    const known = knownRates([own, policy({ cluster: FAST })]);
    expect(limitsFor([own], known).cluster).toEqual([
      { rate: SLOW, holds: true },
      { rate: DEFAULT_LIMITS.cluster, holds: false },
      { rate: FAST, holds: false },
    ]);
    const both = [own, policy({ cluster: FAST })];
    expect(limitsFor(both, knownRates(both)).cluster).toEqual([
      { rate: SLOW, holds: true },
      { rate: FAST, holds: true },
      { rate: DEFAULT_LIMITS.cluster, holds: false },
    ]);
  });
});

describe('what the script is asked', () => {
  const keys = {
    ...{ rates: 'r:', seen: 's', line: 'l', locks: 'k:' },
    ...{ locked: 'h', ran: 'n:', active: 'a', due: 'd' },
  };
  const limits = limitsFor([policy({ global: FAST })], knownRates([]));
  const other = limitsFor(
    [policy({ clusters: 2, workloadsPerCluster: 1, podsPerCluster: 50, minIntervalMs: 0 })],
    knownRates([]),
  );
  const at = { namespace: 'shop', revision: 'rev', pods: 3 };

  it('names each set of limits once, and a limit that there is not is below nought', () => {
    const asks = [
      { ...at, cluster: 'c1', workload: 'w1', limits },
      { ...at, cluster: 'c2', workload: 'w2', limits: other },
      { ...at, cluster: 'c1', workload: 'w3', limits },
    ];
    const frees = [{ cluster: 'c9', workload: 'w9' }];
    const text = admitText({ rollout: 'r-1', subject: 'Secret/shop/db', asks, frees }, keys);
    expect(text).toMatchObject({ keys, rollout: 'r-1', subject: 'Secret/shop/db', frees: [['c9', 'w9']] });
    expect(text).not.toHaveProperty('urgent');
    expect(admitText({ rollout: 'r-1', subject: '', urgent: true, asks, frees }, keys)).toHaveProperty('urgent', true);
    expect(text.asks).toEqual([
      ['c1', 'w1', 'shop', 0, 'rev', 3],
      ['c2', 'w2', 'shop', 1, 'rev', 3],
      ['c1', 'w3', 'shop', 0, 'rev', 3],
    ]);
    expect(text.rules).toEqual([
      {
        g: [
          [200_000, 3, 1, '5/s'],
          [1_000_000, 20, 0, '60/m'],
        ],
        ...{ c: [[6_000_000, 5, 1, '10/m']], n: [[15_000_000, 2, 1, '4/m']] },
        ...{ min: 300_000, kc: -1, kw: -1, kp: -1 },
      },
      expect.objectContaining({ min: 0, kc: 2, kw: 1, kp: 50 }),
    ]);
  });
});

const PLACE = { cluster: 'c1', namespace: 'shop', workload: 'Deployment/shop/web' };
const BESIDE = { ...PLACE, workload: 'Deployment/shop/api' };
const told = (...refusals: object[]): string => JSON.stringify(refusals);
const said = (reason: string, scope: string, detail: string, wait = 1500) => ({ ask: 0, reason, scope, wait, detail });
const verdict = (text: string, more: Partial<Parameters<typeof verdictOf>[2]> = {}) =>
  verdictOf(text, [PLACE, BESIDE], { at: 1000, before: undefined, round: 1, ...more });

describe('what the store answered', () => {
  it.each([
    ['RateLimit', 'g', '60/m', 'in all clusters together workloads may be restarted 60 times per minute'],
    ['RateLimit', 'c/c1', '2/s', 'in cluster c1 workloads may be restarted 2 times per second'],
    ['RateLimit', 'n/c1/shop', '9/h', 'in namespace shop of cluster c1 workloads may be restarted 9 times per hour'],
    ['MinInterval', 'm/c1', '90000', 'Deployment/shop/web is restarted every 90 s at most'],
    ['WorkloadLocked', 'w/c1', 'r-7', 'rollout r-7 restarts Deployment/shop/web now'],
    ['ConcurrencyLimit', 'kc', '3', 'restarts are under way in 3 clusters, as many as may be'],
    ['ConcurrencyLimit', 'kw/c1', '4', 'restarts are under way for 4 workloads of c1, as many as may be'],
    [
      ...(['ConcurrencyLimit', 'kp/c1', '3/48/50'] as const),
      'pods of c1 under restart: 48 of at most 50; Deployment/shop/web has 3',
    ],
    [
      ...(['ConcurrencyLimit', 'kp/c1', '80/1/50'] as const),
      'pods of c1 under restart: 1 of at most 50; Deployment/shop/web has 80, too many to go with others: it starts once no other restart is under way there',
    ],
    [
      ...(['ConcurrencyLimit', 'kp/c1', '50/1/50'] as const),
      'pods of c1 under restart: 1 of at most 50; Deployment/shop/web has 50',
    ],
    [
      ...(['ConcurrencyLimit', 'kp/c1', '2/48/50'] as const),
      'pods of c1 under restart: 48 of at most 50; others that wait longer than Deployment/shop/web come first',
    ],
    [
      ...(['ConcurrencyLimit', 'kp/c1', '80/0/50'] as const),
      'pods of c1 under restart: 0 of at most 50; others that wait longer than Deployment/shop/web come first',
    ],
  ])('%s of %s is said as a sentence', (reason, scope, detail, message) => {
    const found = refusalOf(verdict(told(said(reason, scope, detail))), PLACE);
    expect(found).toEqual({ reason, message, until: 1002 });
  });

  it('tells no time where none is known, and the present where it is over already', () => {
    const until = (wait: number) => refusalOf(verdict(told(said('RateLimit', 'g', '1/m', wait))), PLACE)?.until;
    expect([until(-1), until(0), until(1)]).toEqual([null, 1000, 1001]);
  });

  it('grants what it does not refuse, although a scope of it refuses others', () => {
    const partly = verdict(told(said('RateLimit', 'g', '1/m')));
    expect(refusalOf(partly, BESIDE)).toBeNull();
    expect(refusalOf(partly, { ...BESIDE, workload: 'Deployment/shop/late' })).toMatchObject({ reason: 'RateLimit' });
  });

  it.each(['w/c1/Deployment/shop/web', 'm/c1/Deployment/shop/web', 'kp/c1'])('%s refuses nobody else', (scope) => {
    const own = verdict(told(said('WorkloadLocked', scope, 'r-7')));
    expect([...own.refused.keys()]).toEqual(['r/c1/Deployment/shop/web']);
  });

  it('passes over what nobody asked for, and keeps what was refused before', () => {
    const before = verdict(told(said('ConcurrencyLimit', 'kc', '3')));
    const next = verdict(told({ ...said('RateLimit', 'g', '1/m'), ask: 7 }), { before });
    expect([...next.refused.keys()]).toEqual(['r/c1/Deployment/shop/web', 'kc']);
  });

  it('is the last word from the fourth round on', () => {
    expect([3, 4, 5].map((round) => verdict(told(), { round }).final)).toEqual([false, true, true]);
  });
});

describe('a restart in this look', () => {
  const because: Refusal = { reason: 'RateLimit', message: 'later', until: 5 };
  const refusing = (scope: string): Verdict => ({
    ...{ granted: new Set(), refused: new Map([[scope, because]]), final: false },
  });

  it.each(['r/c1/Deployment/shop/web', 'g', 'kc', 'kw/c1', 'c/c1', 'n/c1/shop'])('is refused by %s', (scope) => {
    expect(refusalOf(refusing(scope), PLACE)).toBe(because);
  });

  it.each(['r/c2/Deployment/shop/web', 'kw/c2', 'c/c2', 'n/c1/bank'])('is no matter of %s', (scope) => {
    expect(refusalOf(refusing(scope), PLACE)).toBeNull();
  });

  it('is refused by nobody before anybody was asked, and comes later once nothing else is to be asked for', () => {
    const final: Verdict = { granted: new Set(), refused: new Map(), final: true };
    expect(refusalOf(undefined, PLACE)).toBeNull();
    expect(refusalOf(final, PLACE)).toEqual({
      ...{ reason: 'RateLimit', message: 'others of this rollout come first', until: null },
    });
    expect([undefined, refusing('c/c1'), refusing('g'), refusing('kc'), final].map(refusesAll)).toEqual([
      ...[false, false, true, true, true],
    ]);
  });
});

describe("the store's time for limits", () => {
  const heard = (askedAt: number, took: number) => ({ time: 10_000_000, askedAt, heardAt: askedAt + took });

  it('is taken from any first answer, from a quick one, and from a slow one when the last is old', () => {
    const [known, quick, slow] = [heard(1000, 10), heard(1005, 100_000), heard(1005, 100_001)];
    expect(betterOf(null, slow)).toBe(slow);
    expect(betterOf(known, quick)).toBe(quick);
    expect(betterOf(known, slow)).toBe(known);
    const [due, late] = [heard(600_001_000, 200_000), heard(600_001_001, 200_000)];
    expect(betterOf(known, due)).toBe(known);
    expect(betterOf(known, late)).toBe(late);
  });

  it('is at the most what it was plus all that went by since it was asked, rounded up', () => {
    expect(mostAt(heard(100, 50), 350.2)).toBe('10000251');
  });
});
