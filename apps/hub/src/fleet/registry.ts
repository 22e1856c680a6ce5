import type { Labels } from '@app/contracts/objects';
import { matchesSelector, type Selector } from '@app/contracts/selector';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock';
import { HubMeta } from '../platform/hub-meta';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import { type ClusterRecord, clusterRecord } from './core/cluster-record';
import { type Presence, presence } from './core/presence';

/** No such cluster is registered. */
export class ClusterUnknown extends Error {
  constructor(readonly cluster: string) {
    super(`cluster ${cluster} is not registered`);
  }
}

/** The cluster is not in a state that allows what was asked; the message says what it is. */
export class ClusterVerbRefused extends Error {
  constructor(
    readonly cluster: string,
    message: string,
  ) {
    super(message);
  }
}

/** Someone else kept changing the same cluster. Asking again is safe. */
export class RegistryContended extends Error {}

const TRIES = 8;

/** KEYS clusters, credentials counter. ARGV name, what it was read as, what it shall be, 1 when credentials change. */
const REPLACE = script(
  'frReplaceCluster',
  `if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
   redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
   if ARGV[4] == '1' then redis.call('INCR', KEYS[2]) end
   return 1`,
);

/** KEYS clusters, credentials counter, uids, presence, warnings. ARGV name, uid. */
const REMOVE = script(
  'frRemoveCluster',
  `if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
   redis.call('INCR', KEYS[2])
   if redis.call('HGET', KEYS[3], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[3], ARGV[2]) end
   redis.call('HDEL', KEYS[4], ARGV[1])
   redis.call('HDEL', KEYS[5], ARGV[1])
   return 1`,
);

/** The clusters of the fleet: who they are, what they may do, and whether their agents are there. */
@Injectable()
export class ClusterRegistry {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly clock: Clock,
    private readonly meta: HubMeta,
  ) {}

  async get(name: string): Promise<ClusterRecord | undefined> {
    return parse((await this.redis.hget(this.keys.clusters(), name)) ?? undefined);
  }

  /** In the order of `names`; what is not registered is left out. */
  async many(names: readonly string[]): Promise<readonly ClusterRecord[]> {
    if (names.length === 0) return [];
    const texts = await this.redis.hmget(this.keys.clusters(), ...names);
    return texts.flatMap((text) => parse(text ?? undefined) ?? []);
  }

  /** The whole fleet, by name. */
  async all(): Promise<readonly ClusterRecord[]> {
    const texts = await this.redis.hgetall(this.keys.clusters());
    return Object.values(texts)
      .flatMap((text) => parse(text) ?? [])
      .sort(byName);
  }

  /** Clusters that match, by name. @param page `after`: the last name of the page before; null starts. */
  async list(
    page: Readonly<{ limit: number; after: string | null }>,
    selector: Selector,
  ): Promise<Readonly<{ items: readonly ClusterRecord[]; more: boolean }>> {
    const matching = (await this.all()).filter(
      ({ name, labels }) => (page.after === null || name > page.after) && matchesSelector(selector, labels),
    );
    return { items: matching.slice(0, page.limit), more: matching.length > page.limit };
  }

  /** Connection states by cluster; a cluster that never connected is missing. */
  async presence(names: readonly string[]): Promise<ReadonlyMap<string, Presence>> {
    if (names.length === 0) return new Map();
    const texts = await this.redis.hmget(this.keys.presence(), ...names);
    const entries = names.flatMap((name, at) => {
      const text = texts[at];
      return typeof text === 'string' ? [[name, presence.parse(JSON.parse(text))] as const] : [];
    });
    return new Map(entries);
  }

  /** Lets a waiting cluster, or a waiting new key of a known one, in. Approving what is approved changes nothing. */
  approve(name: string): Promise<ClusterRecord> {
    return this.update(name, (record) => {
      const { candidate } = record;
      if (candidate) {
        const { publicKey, agentVersion } = candidate;
        return {
          ...record,
          state: 'Approved',
          publicKey,
          agentVersion,
          candidate: null,
          credVersion: record.credVersion + 1,
        };
      }
      if (record.state === 'Revoked') {
        throw new ClusterVerbRefused(
          name,
          `cluster ${name} is revoked: it has to enrol anew, under another key, with a new token`,
        );
      }
      const { claimedAt: _seen, ...sole } = record;
      return record.state === 'Approved' ? sole : { ...record, state: 'Approved', credVersion: record.credVersion + 1 };
    });
  }

  /** Ends its session within seconds and lets none in until it is enrolled and approved again. */
  async revoke(name: string): Promise<ClusterRecord> {
    const revoked = await this.update(name, (record) =>
      record.state === 'Revoked' && !record.candidate
        ? record
        : { ...record, state: 'Revoked', candidate: null, credVersion: record.credVersion + 1 },
    );
    await this.meta.told(name);
    return revoked;
  }

  drain(name: string): Promise<ClusterRecord> {
    return this.update(name, (record) => ({ ...record, drained: true }));
  }

  undrain(name: string): Promise<ClusterRecord> {
    return this.update(name, (record) => ({ ...record, drained: false }));
  }

  setLabels(name: string, labels: Labels): Promise<ClusterRecord> {
    return this.update(name, (record) => ({ ...record, labels: { ...labels } }));
  }

  /** What its agent said of itself at hello. */
  async observed(
    name: string,
    seen: Pick<ClusterRecord, 'agentVersion' | 'kubernetesVersion' | 'proto'>,
  ): Promise<void> {
    await this.update(name, (record) => ({ ...record, ...seen }));
  }

  /** Another cluster asked in under its identity: nothing starts in either until that is over, or a person has approved. */
  async claimed(name: string): Promise<void> {
    const claimedAt = this.clock.now();
    await this.update(name, (record) => ({ ...record, claimedAt }));
  }

  /** Forgets the cluster; its session ends within seconds. The inventory is the caller's to remove. */
  async remove(name: string): Promise<void> {
    const record = await this.get(name);
    const { keys } = this;
    const registered = [keys.clusters(), keys.credentials(), keys.clusterUids()];
    const all = [...registered, keys.presence(), keys.clusterWarnings()];
    const removed = record && (await this.redis.run(REMOVE, all, [name, record.uid]));
    if (!removed) throw new ClusterUnknown(name);
    await this.meta.told(name);
  }

  /** Rises whenever what some cluster may do changes. */
  async credentialsVersion(): Promise<string> {
    return (await this.redis.get(this.keys.credentials())) ?? '';
  }

  /** Decides on what is there and writes only if that is still so. */
  private async update(name: string, change: (record: ClusterRecord) => ClusterRecord): Promise<ClusterRecord> {
    const [clusters, credentials] = [this.keys.clusters(), this.keys.credentials()];
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const before = await this.redis.hget(clusters, name);
      const record = parse(before ?? undefined);
      if (before === null || !record) throw new ClusterUnknown(name);
      const next = change(record);
      const after = JSON.stringify(next);
      if (after === before) return next;
      const credentialsChange = next.credVersion === record.credVersion ? 0 : 1;
      if (await this.redis.run(REPLACE, [clusters, credentials], [name, before, after, credentialsChange])) return next;
    }
    throw new RegistryContended(`cluster ${name} is being changed by others; ask again`);
  }
}

const parse = (text: string | undefined): ClusterRecord | undefined =>
  text === undefined ? undefined : clusterRecord.parse(JSON.parse(text));
const byName = (a: ClusterRecord, b: ClusterRecord): number => (a.name < b.name ? -1 : 1);
