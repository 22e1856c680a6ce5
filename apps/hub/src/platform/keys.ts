/** What every key of a hub begins with; a cluster of Redis servers places a key by it alone. */
export const hashTag = (prefix: string): string => `{${prefix}}`;

/** What the keys of a cluster's inventory end in. A script that goes through many clusters puts it behind `inventory`. */
export const INVENTORY = {
  ...{ sources: ':s', workloads: ':w', pending: ':p', settled: ':d', users: ':u:', references: ':r' },
  ...{ digest: ':digest', sessionFloor: ':epoch' },
} as const;

/**
 * The name of every Redis key, in one place. All share one hash tag, so that one script may touch any of them
 * and a cluster of Redis servers keeps them together.
 */
export class Keys {
  private readonly tag: string;

  constructor(readonly prefix: string) {
    this.tag = hashTag(prefix);
  }

  /** HASH hubId, hubEpoch, schema, createdAt. */
  meta = (): string => this.of('meta');
  /** HASH until, total, `c:<cluster>`; there only after the store was lost. */
  recovery = (): string => this.of('recovery');

  /** HASH cluster → registration. */
  clusters = (): string => this.of('clusters');
  /** STRING that rises with every change of what some cluster may do. */
  credentials = (): string => this.of('clusters:cred');
  /** HASH cluster UID → name. */
  clusterUids = (): string => this.of('clusters:uid');
  /** HASH token id → enrolment token. */
  enrolmentTokens = (): string => this.of('enrol');
  /** HASH cluster → what its agent warned of last. */
  clusterWarnings = (): string => this.of('clusters:warn');
  /** HASH cluster → connection state. */
  presence = (): string => this.of('presence');
  /** HASH cluster → epoch of its latest session. */
  sessions = (): string => this.of('sessions');
  /** STRING that is there as long as the connect token may not be used again. */
  usedConnectToken = (cluster: string, id: string): string => this.of(`jti:${cluster}:${id}`);
  /** Channel on which a replica is told which of its clusters to look at. */
  bell = (replica: string): string => this.of(`bell:${replica}`);

  /** HASH id → API token. */
  tokens = (): string => this.of('tok');
  /** HASH id → when the API token was last used. */
  tokensUsed = (): string => this.of('tok:used');
  /** STRING what an `Idempotency-Key` stands for. */
  idempotency = (key: string): string => this.of(`idem:${key}`);

  /** What the keys of the cluster's inventory begin with, those of every cluster if none is named. */
  inventory = (cluster = ''): string => this.of(`inv:${cluster}`);
  /** HASH source key → fact. */
  sources = (cluster: string): string => this.inventory(cluster) + INVENTORY.sources;
  /** HASH workload key → fact. */
  workloads = (cluster: string): string => this.inventory(cluster) + INVENTORY.workloads;
  /** SET of the keys of workloads whose fact is pending. */
  pending = (cluster: string): string => this.inventory(cluster) + INVENTORY.pending;
  /** HASH `<workload key>|<source key>` → `<revision>|<rollout>` that took the change in; gone when the workload is not pending. */
  settled = (cluster: string): string => this.inventory(cluster) + INVENTORY.settled;
  /** SET of the keys of workloads that use the source. */
  users = (cluster: string, source: string): string => this.inventory(cluster) + INVENTORY.users + source;
  /** STRING digest that the agent gave for the whole inventory. */
  inventoryDigest = (cluster: string): string => this.inventory(cluster) + INVENTORY.digest;
  /** STRING highest session epoch that wrote for the cluster. */
  sessionFloor = (cluster: string): string => this.inventory(cluster) + INVENTORY.sessionFloor;
  /** SET of clusters that use the source. */
  clustersOf = (source: string): string => this.of(`src:${source}`);

  /** HASH workload key → keys of its sources, one per line. */
  references = (cluster: string): string => this.inventory(cluster) + INVENTORY.references;
  /** SET of clusters that have a pending workload. */
  withPending = (): string => this.of('inv:pending');
  /** SET of clusters that ever reported. */
  inventoried = (): string => this.of('inv:clusters');

  /** HASH policy name → current version. */
  policies = (): string => this.of('pol');
  /** HASH policy name → last version, also of policies that are gone. */
  lastPolicyVersions = (): string => this.of('pol:seq');
  /** STRING that rises with every change of any policy. */
  policiesRevision = (): string => this.of('pol:rev');

  /** HASH hold id → hold. */
  holds = (): string => this.of('holds');

  /** What the name of a window's key begins with; its place, `<policy>|<source>`, follows. */
  windows = (): string => this.of('win:');
  /** HASH of a coalescing window. */
  window = (policy: string, source: string): string => `${this.windows()}${policy}|${source}`;
  /** SET of the `due` members of open windows. */
  openWindows = (): string => this.of('windows');
  /** SET of the keys of sources that the policy has seen change as members of the group. */
  group = (policy: string, group: string): string => this.of(`grp:${policy}|${group}`);
  /** ZSET revision → when the source had it last in the cluster under the policy, of late. */
  revisionsSeen = (cluster: string, place: string): string => this.of(`flap:${cluster}|${place}`);
  /** STRING that is there when it was told of late that these are many. */
  flappingTold = (cluster: string, place: string): string => `${this.revisionsSeen(cluster, place)}|told`;
  /** HASH `<policy>|<source>` → until when the source is left alone under the policy. */
  quarantined = (): string => this.of('quarantined');
  /** STRING id of the rollout that carries the source's changes under the policy now. */
  active = (policy: string, source: string): string => this.of(`active:${policy}|${source}`);
  /** STRING the number that the last rollout got: they rise over all rollouts. */
  lineage = (): string => this.of('lineage');

  /** HASH head, ver, lastOp, and `t:<cluster>` per target. */
  run = (id: string): string => this.of(`run:${id}`);
  /** SET of rollouts that are not over. */
  activeRuns = (): string => this.of('runs:active');
  /** SET of rollouts with a wave that soaks and must not lose a restarted workload meanwhile. */
  watching = (): string => this.of('runs:watching');
  /** SET of rollouts that began to wait for what a cluster has yet to tell of their source, and are not over. */
  awaiting = (): string => this.of('runs:awaiting');
  /** ZSET of all rollouts by creation. */
  runs = (): string => this.of('ix:runs');
  runsOfPolicy = (policy: string): string => this.of(`ix:runs:policy:${policy}`);
  runsOfCluster = (cluster: string): string => this.of(`ix:runs:cluster:${cluster}`);
  runsInPhase = (phase: string): string => this.of(`ix:runs:phase:${phase}`);
  /** SET of rollouts with a target in the cluster that is not over. */
  open = (cluster: string): string => this.of(`open:${cluster}`);
  /** HASH rollout → highest void fence and when that may be forgotten. */
  revoked = (cluster: string): string => this.of(`revoked:${cluster}`);

  /** HASH buckets of limits, and the time and tags that they go by. */
  rates = (): string => this.of('rl');
  /** ZSET `<line> <member>` of who waits for limits, by when it asked last. */
  askedLast = (): string => this.of('rl:seen');
  /** ZSET of who waits, by turn; the name of the line follows. */
  lines = (): string => this.of('rl:q:');
  /** HASH workload key → who restarts it now; in the cluster whose name follows. */
  locks = (cluster = ''): string => this.of(`lock:${cluster}`);
  /** SET of clusters with such a workload. */
  locked = (): string => this.of('locked');
  /** HASH workload key → its last restart; in the cluster whose name follows. */
  ran = (cluster = ''): string => this.of(`ran:${cluster}`);

  /** HASH steps, totalMs: how often and how far the store's clock has stepped. */
  clock = (): string => this.of('clock');
  /** ZSET of what has to be looked at, by when. */
  due = (): string => this.of('due');
  /** HASH notice id → what a receiver is still to be told. */
  notices = (): string => this.of('notices');
  /** STRING what was told of the subject last, so that the same is told once. */
  noted = (subject: string): string => this.of(`noted:${subject}`);
  /** STREAM of who did what. */
  audit = (): string => this.of('audit');
  /** STREAM of what happened. */
  events = (): string => this.of('events');

  private of(name: string): string {
    return `${this.tag}:${name}`;
  }

  /** Prefix that BullMQ puts before its own keys: under the same hash tag, so that one server holds them all. */
  get queues(): string {
    return `${this.tag}q`;
  }
}
