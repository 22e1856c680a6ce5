import { DEFAULT_LIMITS, rateOf, resolveLimits } from './limits';
import { limitsSpec } from './limits-schema';

const NONE = { global: null, cluster: null, namespace: null, minIntervalMs: null };
const NO_SLOTS = { clusters: null, workloadsPerCluster: null, podsPerCluster: null };
const refused = (spec: object): readonly string[] =>
  limitsSpec.safeParse(spec).error?.issues.map(({ path }) => path.join('.')) ?? [];

it('limits say what the policy says, and nothing of what it does not', () => {
  expect(resolveLimits(undefined)).toEqual({ ...NONE, ...NO_SLOTS });
  const restarts = { global: { rate: '60/m', burst: 20 }, namespace: { rate: '4/m' }, workload: { minInterval: '5m' } };
  expect(resolveLimits({ restarts, concurrency: { clusters: 2 } })).toEqual({
    ...{ ...NONE, ...NO_SLOTS, clusters: 2, minIntervalMs: 300_000 },
    ...{ global: rateOf('60/m', 20), namespace: rateOf('4/m') },
  });
  const concurrency = { workloadsPerCluster: 3, podsPerCluster: 50 };
  expect(resolveLimits({ concurrency })).toEqual({ ...NONE, clusters: null, ...concurrency });
});

it('what is allowed at once after a rest is one, unless it is said; what is no rate lets nothing through', () => {
  expect(rateOf('60/m')).toEqual({ intervalUs: 1_000_000, burst: 1, text: '60/m' });
  expect(rateOf('often').intervalUs).toBe(Infinity);
  expect(
    [DEFAULT_LIMITS.global, DEFAULT_LIMITS.cluster, DEFAULT_LIMITS.namespace].map(({ intervalUs }) => intervalUs),
  ).toEqual([...[1_000_000, 6_000_000, 15_000_000]]);
});

it.each<[string, object, readonly string[]]>([
  ['none', {}, []],
  ['a rate', { restarts: { global: { rate: '10/s', burst: 1_000_000 } } }, []],
  ['none at all', { restarts: { cluster: { rate: '0/s' } } }, ['restarts.cluster.rate']],
  ['nothing at once', { restarts: { cluster: { rate: '1/s', burst: 0 } } }, ['restarts.cluster.burst']],
  ['too many at once', { restarts: { cluster: { rate: '1/s', burst: 1_000_001 } } }, ['restarts.cluster.burst']],
  ['no cluster', { concurrency: { clusters: 0 } }, ['concurrency.clusters']],
  ['half a workload', { concurrency: { workloadsPerCluster: 0.5 } }, ['concurrency.workloadsPerCluster']],
  ['too many pods', { concurrency: { podsPerCluster: 1_000_001 } }, ['concurrency.podsPerCluster']],
])('limits of %s', (_what, spec, expected) => {
  expect(refused(spec)).toEqual(expected);
});
