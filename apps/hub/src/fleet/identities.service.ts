import { Injectable } from '@nestjs/common';
import {
  type ClusterIdentity,
  type Identities,
  IDENTITIES_KIND,
  type RestoredIdentities,
} from '@app/contracts/api/identities';
import { RECOVERY_MS } from '../platform/core/recovery';
import { HubMeta } from '../platform/hub-meta';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { script } from '../platform/scripts';
import type { ClusterRecord } from './core/cluster-record';
import { ClusterRegistry, RegistryContended } from './registry';

/** The backup does not fit what is stored; nothing was changed. */
export class IdentitiesRefused extends Error {}

/**
 * KEYS clusters, uids, credentials counter, meta, recovery. ARGV hub id, its epoch, ms of recovery, and (name, uid, record) of
 * each cluster. Reply: how many clusters are waited for; -1 when a cluster was registered meanwhile.
 */
const RESTORE = script(
  'frRestoreIdentities',
  `for i = 4, #ARGV, 3 do
     if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 or redis.call('HEXISTS', KEYS[2], ARGV[i + 1]) == 1 then return -1 end
   end
   local epoch = math.max(tonumber(redis.call('HGET', KEYS[4], 'hubEpoch') or '1'), ARGV[2] + 1)
   redis.call('HSET', KEYS[4], 'hubId', ARGV[1], 'hubEpoch', string.format('%d', epoch))
   for i = 4, #ARGV, 3 do
     redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
     redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i])
     if string.find(ARGV[i + 2], '"state":"Approved"', 1, true) then
       redis.call('HSET', KEYS[5], 'c:' .. ARGV[i], 1)
       redis.call('HINCRBY', KEYS[5], 'total', 1)
     end
   end
   redis.call('INCR', KEYS[3])
   if redis.call('EXISTS', KEYS[5]) == 0 then return 0 end
   redis.call('HSET', KEYS[5], 'until', string.format('%d', now + ARGV[3]))
   redis.call('HINCRBY', KEYS[5], 'total', 0)
   return redis.call('HLEN', KEYS[5]) - 2`,
);

/** Backup of who belongs to the fleet, and its way back into a store that was lost. */
@Injectable()
export class IdentitiesService {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly meta: HubMeta,
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  async backup(): Promise<Identities> {
    const [{ hubId, hubEpoch }, records] = await Promise.all([this.meta.identity(), this.registry.all()]);
    return {
      apiVersion: 'fleet-reloader.io/v1',
      kind: IDENTITIES_KIND,
      hub: { id: hubId, epoch: hubEpoch },
      clusters: records.map(identityOf),
    };
  }

  /**
   * Lets the clusters of the backup in again. Those that are registered with the same key stay as they are.
   * Until the others have said where they stand nothing starts, since waves could not be known.
   * @throws IdentitiesRefused
   */
  async restore({ hub, clusters }: Identities): Promise<RestoredIdentities> {
    const [{ hubId }, records] = await Promise.all([this.meta.identity(), this.registry.all()]);
    refuseConflicts(clusters, records);
    const known = new Set(records.map(({ name }) => name));
    const missing = clusters.filter(({ name }) => !known.has(name));
    const unchanged = clusters.length - missing.length;
    if (missing.length === 0) return { restored: [], unchanged, waitingFor: 0 };
    if (hubId !== hub.id && records.length > 0) {
      throw new IdentitiesRefused(`clusters have joined this hub, and the backup is of another (${hub.id})`);
    }
    const waitingFor = await this.write(hub, missing);
    if (waitingFor < 0) throw new RegistryContended('clusters are joining right now; ask again');
    await this.meta.identity();
    return { restored: missing.map(({ name }) => name), unchanged, waitingFor };
  }

  private async write(hub: Identities['hub'], clusters: readonly ClusterIdentity[]): Promise<number> {
    const registered = [this.keys.clusters(), this.keys.clusterUids(), this.keys.credentials()];
    const rows = clusters.flatMap((cluster) => [cluster.name, cluster.uid, JSON.stringify(recordOf(cluster))]);
    const keys = [...registered, this.keys.meta(), this.keys.recovery()];
    return (await this.redis.run(RESTORE, keys, [hub.id, hub.epoch, RECOVERY_MS, ...rows])) as number;
  }
}

function refuseConflicts(clusters: readonly ClusterIdentity[], records: readonly ClusterRecord[]): void {
  const names = new Map<string, Pick<ClusterRecord, 'uid' | 'publicKey'>>(
    records.map((record) => [record.name, record]),
  );
  const uids = new Map(records.map((record) => [record.uid, record.name]));
  for (const { name, uid, publicKey } of clusters) {
    const record = names.get(name);
    if (record && (record.uid !== uid || record.publicKey !== publicKey)) {
      throw new IdentitiesRefused(
        `cluster ${name} is registered with another identity: remove it first, or leave it out`,
      );
    }
    const other = uids.get(uid);
    if (other !== undefined && other !== name) throw new IdentitiesRefused(`cluster ${name} is registered as ${other}`);
    names.set(name, { uid, publicKey });
    uids.set(uid, name);
  }
}

const identityOf = ({ name, labels, uid, publicKey, state, drained, createdAt }: ClusterRecord): ClusterIdentity => ({
  ...{ name, labels, uid, publicKey, state, drained },
  createdAt: new Date(createdAt).toISOString(),
});

const recordOf = ({ createdAt, ...identity }: ClusterIdentity): ClusterRecord => ({
  ...identity,
  ...{ credVersion: 1, agentVersion: '', kubernetesVersion: '', candidate: null },
  createdAt: Date.parse(createdAt),
});
