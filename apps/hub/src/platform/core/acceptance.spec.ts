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

  it.each([
    ['6.2.0', 0],
    ['6.10.1', 0],
    ['7.0.0', 0],
    ['10.1.0', 0],
    ['6.1.9', 1],
    ['5.9.0', 1],
    ['5.2.0', 1],
    ['unheard of', 1],
  ])('of version %s it has %i problems', (version, count) => {
    expect(acceptRedis({ ...GOOD, version }).problems).toHaveLength(count);
  });

  it('says what to do, word for word', () => {
    const [evicting, forgetful] = acceptRedis({ ...GOOD, evictionPolicy: 'allkeys-lru', appendonly: 'no' }).problems;
    expect(evicting).toBe(
      'Redis may evict keys (maxmemory-policy allkeys-lru), and rollouts would vanish silently: set it with ' +
        '`redis-cli CONFIG SET maxmemory-policy noeviction` and in redis.conf',
    );
    expect(forgetful).toBe(
      'Redis keeps no append-only file, and a restart would lose rollouts: set it with ' +
        '`redis-cli CONFIG SET appendonly yes` and in redis.conf',
    );
    expect(acceptRedis({ ...GOOD, clustered: true }).problems).toEqual([
      'Redis runs as a cluster, which spreads keys over servers: give its nodes in REDIS_CLUSTER_NODES',
    ]);
    expect(acceptRedis({ ...GOOD, version: '6.0.1' }).problems).toEqual([
      'Redis 6.0.1 is too old: run 6.2 or newer (7.2 or newer is better)',
    ]);
    expect(acceptRedis({ ...GOOD, evictionPolicy: null, appendonly: null }).warnings).toEqual([
      'Redis does not show its maxmemory-policy: make sure that it is noeviction',
      'Redis does not show its persistence: make sure that appendonly is yes',
    ]);
  });

  it('warns of what it may not look at', () => {
    const { problems, warnings } = acceptRedis({ ...GOOD, evictionPolicy: null, appendonly: null });
    expect([problems.length, warnings.length]).toEqual([0, 2]);
  });
});
