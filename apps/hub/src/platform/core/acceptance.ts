/** What the hub asks Redis at start; null: the server does not let it look. */
export type RedisFacts = Readonly<{
  version: string;
  role: string;
  evictionPolicy: string | null;
  appendonly: string | null;
  /** Whether the server is a member of a Redis Cluster, and whether the configuration takes it for one. */
  clustered: boolean;
  clusterExpected: boolean;
}>;

export type Acceptance = Readonly<{ problems: readonly string[]; warnings: readonly string[] }>;

const OLDEST = [6, 2] as const;

/**
 * Whether this Redis may be the store of record. Each problem says what to do about it.
 * What can not be looked at is a warning for persistence, and for eviction when the operator has hidden `CONFIG`.
 */
export function acceptRedis(facts: RedisFacts): Acceptance {
  const problems: string[] = [];
  const warnings: string[] = [];
  if (olderThan(facts.version)) {
    problems.push(`Redis ${facts.version} is too old: run ${OLDEST.join('.')} or newer (7.2 or newer is better)`);
  }
  if (facts.role !== 'master') {
    problems.push(`Redis answers as ${facts.role}: give the address of the primary, or REDIS_SENTINELS`);
  }
  checkTopology(facts, problems);
  checkEviction(facts.evictionPolicy, problems, warnings);
  checkPersistence(facts.appendonly, problems, warnings);
  return { problems, warnings };
}

function checkTopology({ clustered, clusterExpected }: RedisFacts, problems: string[]): void {
  if (clustered === clusterExpected) return;
  problems.push(
    clustered
      ? 'Redis runs as a cluster, which spreads keys over servers: give its nodes in REDIS_CLUSTER_NODES'
      : 'REDIS_CLUSTER_NODES names a Redis that is no cluster: give REDIS_URL or REDIS_SENTINELS',
  );
}

function checkEviction(policy: string | null, problems: string[], warnings: string[]): void {
  if (policy === null) {
    warnings.push('Redis does not show its maxmemory-policy: make sure that it is noeviction');
  } else if (policy !== 'noeviction') {
    problems.push(
      `Redis may evict keys (maxmemory-policy ${policy}), and rollouts would vanish silently: set it with ` +
        '`redis-cli CONFIG SET maxmemory-policy noeviction` and in redis.conf',
    );
  }
}

function checkPersistence(appendonly: string | null, problems: string[], warnings: string[]): void {
  if (appendonly === null) {
    warnings.push('Redis does not show its persistence: make sure that appendonly is yes');
  } else if (appendonly !== 'yes') {
    problems.push(
      'Redis keeps no append-only file, and a restart would lose rollouts: set it with ' +
        '`redis-cli CONFIG SET appendonly yes` and in redis.conf',
    );
  }
}

function olderThan(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}
