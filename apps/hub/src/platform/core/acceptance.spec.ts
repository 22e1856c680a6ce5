import { acceptRedis, type RedisFacts } from './acceptance';

const GOOD: RedisFacts = {
  ...{ version: '7.2.4', role: 'master', evictionPolicy: 'noeviction', appendonly: 'yes' },
  ...{ clustered: false, clusterExpected: false },
};

describe('accepting a Redis', () => {
  it('takes one that evicts nothing and keeps everything', () => {
    expect(acceptRedis(GOOD)).toEqual({ problems: [], warnings: [] });
  });

  it.each<[string, Partial<RedisFacts>, RegExp]>([
    ['may evict', { evictionPolicy: 'allkeys-lru' }, /maxmemory-policy noeviction/],
    ['keeps nothing', { appendonly: 'no' }, /appendonly yes/],
    ['is old', { version: '6.0.16' }, /6\.2 or newer/],
    ['is a replica', { role: 'slave' }, /primary/],
    ['spreads its keys unexpectedly', { clustered: true }, /REDIS_CLUSTER_NODES/],
    ['is no cluster although one was named', { clusterExpected: true }, /REDIS_URL or REDIS_SENTINELS/],
  ])('refuses one that %s, with the remedy', (_what, fact, remedy) => {
    const { problems } = acceptRedis({ ...GOOD, ...fact });
    expect(problems).toEqual([expect.stringMatching(remedy)]);
  });

  it('tells every problem at once', () => {
    const worst = { version: '5', role: 'slave', evictionPolicy: 'x', appendonly: 'no', clustered: true };
    expect(acceptRedis({ ...GOOD, ...worst }).problems).toHaveLength(5);
  });

  it('warns of what it may not look at', () => {
    const { problems, warnings } = acceptRedis({ ...GOOD, evictionPolicy: null, appendonly: null });
    expect([problems.length, warnings.length]).toEqual([0, 2]);
  });
});
