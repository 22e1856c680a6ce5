import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { objectKey } from '@app/contracts/objects';
import type { Report } from '@app/contracts/wire/agent-messages';
import { isPending, type SourceFact, sourceFact, type WorkloadFact, workloadFact } from '@app/contracts/wire/facts';
import type { AgentSession, Snapshot } from '../gateway/agent.port';
import { INVENTORY, Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import type { PendingUser, SourceInCluster } from './core/candidates';
import { causesOf, sourceOf } from './core/causes';
import { type ClusterRecord, clusterRecord } from './core/cluster-record';
import { factFrom } from './core/stored-fact';
import { type Difference, inParts, snapshotDifference } from './core/snapshot-diff';
import { APPLY, CANDIDATES, CLAIM, REMOVE, SETTLE, TRIGGER_PARTS } from './inventory.scripts';

/** A newer session of the cluster has taken over: nothing of this one is stored any more. */
export class SessionFenced extends Error {
  constructor(cluster: string) {
    super(`a newer session of cluster ${cluster} has taken over`);
  }
}

/** A source that makes a workload of the cluster pending at a revision that no rollout has taken in. */
export type Trigger = Readonly<{
  workload: string;
  source: string;
  fact: SourceFact | null;
  /** The policy that the workload chooses; empty: it leaves that to others. */
  choice: string;
}>;

export type Applied = Readonly<{
  registration: ClusterRecord | null;
  triggers: readonly Trigger[];
  /** Ends the durable reminder to look at the triggers; null when there is none. */
  reminder: string | null;
}>;

export type ScriptCall = Readonly<{ keys: readonly string[]; args: readonly (string | number)[] }>;

/** How long a reminder sleeps before somebody else looks at the triggers. */
const REMINDER_MS = 5000;
/** Well before a reminder is due, and after the restarts that it would only slow down. */
const SETTLE_AFTER_MS = 200;
const PART = 200;

/** What the agents reported, per cluster: facts, and the reverse index from sources to what uses them. */
@Injectable()
export class InventoryStore {
  /** Members of `due` that have been judged, with the scores that they had. */
  private readonly judged = new Map<string, string>();

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** From now on nothing of an older session of the cluster is stored. */
  async claim({ cluster, sessionEpoch }: AgentSession): Promise<void> {
    await this.redis.run(CLAIM, [this.keys.sessionFloor(cluster)], [sessionEpoch]);
  }

  /**
   * Stores a report in one atomic step. A repeat is harmless.
   * @throws SessionFenced when a newer session of the cluster has written.
   */
  async apply(session: AgentSession, report: Report): Promise<Applied> {
    return this.write(session, report, report.inventoryDigest);
  }

  /**
   * Makes the stored inventory the snapshot's. Written in parts: the digest is absent from the first to the last, so that
   * a snapshot that was cut short is asked for again.
   * @throws SessionFenced when a newer session of the cluster has written.
   */
  async replace(session: AgentSession, snapshot: Snapshot): Promise<void> {
    const nothing: Difference = { sources: [], workloads: [], goneSources: [], goneWorkloads: [] };
    await this.write(session, nothing, '');
    const { cluster } = session;
    const [sources, workloads] = await Promise.all([
      this.redis.hgetall(this.keys.sources(cluster)),
      this.redis.hgetall(this.keys.workloads(cluster)),
    ]);
    for (const part of inParts(snapshotDifference({ sources, workloads }, snapshot), PART)) {
      await this.write(session, part, '');
    }
    await this.write(session, nothing, snapshot.inventoryDigest);
  }

  private async write(session: AgentSession, facts: Difference, digest: string): Promise<Applied> {
    const { keys, args } = this.callFor(session, facts, digest);
    return this.appliedFrom(session, await this.redis.run(APPLY, keys, args));
  }

  /** What the script that applies facts is called with. */
  callFor({ cluster, sessionEpoch }: AgentSession, facts: Difference, digest: string): ScriptCall {
    const frame = JSON.stringify({
      s: facts.sources.map((fact) => [objectKey(fact), JSON.stringify(fact)]),
      w: facts.workloads.map(workloadItem),
      gs: facts.goneSources.map(objectKey),
      gw: facts.goneWorkloads.map(objectKey),
    });
    const prefixes = [this.keys.users(cluster, ''), this.keys.clustersOf('')];
    const args = [sessionEpoch, cluster, digest, frame, ...prefixes, REMINDER_MS];
    return { keys: [...this.keysOf(cluster), this.keys.clusters()], args };
  }

  /** Reads its reply. @throws SessionFenced */
  appliedFrom({ cluster }: AgentSession, reply: unknown): Applied {
    const [verdict, score = '', registration = '', ...triggers] = z.array(z.string()).parse(reply);
    if (verdict !== 'OK') throw new SessionFenced(cluster);
    return {
      registration: factFrom(clusterRecord, registration) ?? null,
      triggers: triggersIn(triggers),
      reminder: score === '' ? null : score,
    };
  }

  /** Ends a reminder soon, unless something newer has set it again. One that stays costs a look and nothing else. */
  settleReminder(cluster: string, reminder: string): void {
    this.judged.set(`c:${cluster}`, reminder);
    if (this.judged.size === 1) setTimeout(() => void this.settleAll().catch(() => undefined), SETTLE_AFTER_MS).unref();
  }

  private async settleAll(): Promise<void> {
    const reminders = [...this.judged].flat();
    this.judged.clear();
    await this.redis.run(SETTLE, [this.keys.due()], reminders);
  }

  /** The digest that the agent gave with its last report; empty when the stored inventory can not be trusted to be whole. */
  async digest(cluster: string): Promise<string> {
    return (await this.redis.get(this.keys.inventoryDigest(cluster))) ?? '';
  }

  async source(cluster: string, key: string): Promise<SourceFact | undefined> {
    return factFrom(sourceFact, await this.redis.hget(this.keys.sources(cluster), key));
  }

  async registration(cluster: string): Promise<ClusterRecord | null> {
    return factFrom(clusterRecord, await this.redis.hget(this.keys.clusters(), cluster)) ?? null;
  }

  async workload(cluster: string, key: string): Promise<WorkloadFact | undefined> {
    return factFrom(workloadFact, await this.redis.hget(this.keys.workloads(cluster), key));
  }

  /** The revision of the source that was last taken in for the workload, and by which rollout; null: none. */
  async settled(cluster: string, workload: string, source: string): Promise<PendingUser['settled']> {
    return settledFrom((await this.redis.hget(this.keys.settled(cluster), `${workload}|${source}`)) ?? '');
  }

  /** Keys of the workloads that use the source, sorted. */
  async usersOf(cluster: string, sourceKey: string): Promise<readonly string[]> {
    return (await this.redis.smembers(this.keys.users(cluster, sourceKey))).sort();
  }

  /** Names of the clusters that use the source, sorted. */
  async clustersUsing(sourceKey: string): Promise<readonly string[]> {
    return (await this.redis.smembers(this.keys.clustersOf(sourceKey))).sort();
  }

  async counts(cluster: string): Promise<Readonly<{ sources: number; workloads: number; pending: number }>> {
    const [sources, workloads, pending] = await Promise.all([
      this.redis.hlen(this.keys.sources(cluster)),
      this.redis.hlen(this.keys.workloads(cluster)),
      this.redis.scard(this.keys.pending(cluster)),
    ]);
    return { sources, workloads, pending };
  }

  /** Clusters that have at least one pending workload. */
  async clustersWithPending(): Promise<readonly string[]> {
    return (await this.redis.smembers(this.keys.withPending())).sort();
  }

  /** Every cluster with a pending workload that uses the source. One round trip. */
  async candidates(sourceKey: string): Promise<readonly SourceInCluster[]> {
    const { users, pending, workloads, settled, sources } = INVENTORY;
    const args = [sourceKey, this.keys.inventory(), users, pending, workloads, settled, sources];
    const reply = await this.redis.run(CANDIDATES, [this.keys.clustersOf(sourceKey), this.keys.clusters()], args);
    return candidateRows
      .parse(reply)
      .map(([cluster, registration, source, rows]) => ({
        cluster,
        registration: factFrom(clusterRecord, registration) ?? null,
        source: factFrom(sourceFact, source) ?? null,
        workloads: pendingUsers(rows),
      }))
      .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
  }

  /** What makes the cluster's workloads pending and no rollout has taken in, from the stored facts. */
  async triggers(cluster: string): Promise<Applied> {
    const { keys, redis } = this;
    const [pending, settled, registration, reminder] = await Promise.all([
      redis.smembers(keys.pending(cluster)),
      redis.hgetall(keys.settled(cluster)),
      redis.hget(keys.clusters(), cluster),
      redis.zscore(keys.due(), `c:${cluster}`),
    ]);
    const stored = pending.length === 0 ? [] : await redis.hmget(keys.workloads(cluster), ...pending);
    const open = stored.flatMap((text) => openCauses(text, settled));
    const sources =
      open.length === 0 ? [] : await redis.hmget(keys.sources(cluster), ...open.map((cause) => cause.source));
    const triggers = open.map((cause, at) => ({ ...cause, fact: factFrom(sourceFact, sources[at] ?? null) ?? null }));
    return { registration: factFrom(clusterRecord, registration) ?? null, triggers, reminder };
  }

  /** Forgets everything about a cluster. */
  async removeCluster(cluster: string): Promise<void> {
    const args = [cluster, this.keys.users(cluster, ''), this.keys.clustersOf('')];
    await this.redis.run(REMOVE, this.keysOf(cluster), args);
    await this.redis.del(this.keys.ran(cluster));
  }

  private keysOf(cluster: string): string[] {
    const { keys } = this;
    return [
      ...[keys.sources(cluster), keys.workloads(cluster), keys.references(cluster), keys.pending(cluster)],
      ...[keys.settled(cluster), keys.inventoryDigest(cluster), keys.sessionFloor(cluster)],
      ...[keys.due(), keys.withPending(), keys.inventoried()],
    ];
  }
}

const flag = (is: boolean): number => (is ? 1 : 0);

function workloadItem(fact: WorkloadFact): unknown[] {
  const causes = new Set(causesOf(fact).map((cause) => cause.key));
  const sources = fact.sources.map((used) => {
    const key = objectKey(sourceOf(fact, used));
    return [key, used.revision ?? '', flag(causes.has(key))];
  });
  const choice = fact.annotations?.policy ?? '';
  return [
    objectKey(fact),
    JSON.stringify(fact),
    flag(isPending(fact)),
    sources,
    choice,
    flag(fact.still === undefined),
  ];
}

const candidateRows = z.array(z.tuple([z.string(), z.string(), z.string(), z.array(z.string())]));

function pendingUsers(rows: readonly string[]): PendingUser[] {
  return rows.flatMap((text, at) => {
    const fact = at % 2 === 0 ? factFrom(workloadFact, text) : undefined;
    return fact ? [{ fact, settled: settledFrom(rows[at + 1] ?? '') }] : [];
  });
}

/** `revision|rollout`, as the rollout store writes it. */
function settledFrom(mark: string): PendingUser['settled'] {
  const at = mark.indexOf('|');
  return at < 0 ? null : { revision: mark.slice(0, at), rollout: mark.slice(at + 1) };
}

function openCauses(text: string | null, settled: Readonly<Record<string, string>>): Omit<Trigger, 'fact'>[] {
  const fact = factFrom(workloadFact, text);
  if (!fact) return [];
  const workload = objectKey(fact);
  return causesOf(fact)
    .filter((cause) => settledFrom(settled[`${workload}|${cause.key}`] ?? '')?.revision !== cause.to)
    .map((cause) => ({ workload, source: cause.key, choice: fact.annotations?.policy ?? '' }));
}

/** Each is told in so many parts. */
function triggersIn(flat: readonly string[]): Trigger[] {
  return flat.flatMap((workload, at) => {
    if (at % TRIGGER_PARTS !== 0) return [];
    const [source = '', stored = '', choice = ''] = flat.slice(at + 1, at + TRIGGER_PARTS);
    return [{ workload, source, fact: factFrom(sourceFact, stored) ?? null, choice }];
  });
}
