import { Injectable } from '@nestjs/common';
import { ClusterRegistry } from '../fleet/registry';
import { PresenceStore, type SessionKey } from '../fleet/registry-presence';
import { Clock } from '../platform/clock';
import type { OutOfTouch } from './agent.port';
import { Doorbell } from './doorbell';

/** Which replica holds which cluster's connection, and how to make it look. */
@Injectable()
export class SessionDirectory {
  private readonly bornAt = performance.now();

  constructor(
    private readonly presence: PresenceStore,
    private readonly doorbell: Doorbell,
    private readonly registry: ClusterRegistry,
    private readonly clock: Clock,
  ) {}

  /** Called with a cluster when its session of this replica may be outdated, or something waits for it. */
  onRing(listener: (cluster: string) => void): void {
    this.doorbell.onRing(listener);
  }

  /**
   * Makes this the cluster's session, and tells the replica of the one before.
   * @returns the session's epoch
   */
  async open(key: SessionKey): Promise<number> {
    const { sessionEpoch, replaced } = await this.presence.open(key, this.doorbell.replica);
    // A ring that is lost is made good by the sweep that writes `lastSeen`.
    if (replaced !== null && replaced !== this.doorbell.replica)
      await this.doorbell.ring(replaced, key.cluster).catch(() => false);
    return sessionEpoch;
  }

  /** @returns false when the session had ended already, or a newer one took over. */
  close(key: SessionKey): Promise<boolean> {
    return this.presence.close(key);
  }

  async holds({ cluster, session }: SessionKey): Promise<boolean> {
    return (await this.presence.get(cluster))?.session === session;
  }

  /** @returns ids of sessions that are no longer their cluster's. */
  touch(seen: readonly (SessionKey & Readonly<{ lastSeen: number }>)[]): Promise<ReadonlySet<string>> {
    return this.presence.touch(seen);
  }

  closeOrphans(): ReturnType<PresenceStore['closeOrphans']> {
    return this.presence.closeOrphans();
  }

  /** @returns whether some other replica holds the cluster's session and heard the bell. */
  async ringOwner(cluster: string): Promise<boolean> {
    const owner = await this.presence.get(cluster);
    if (owner?.connection !== 'online' || owner.replica === this.doorbell.replica) return false;
    return this.doorbell.ring(owner.replica, cluster);
  }

  /**
   * Of these clusters, which this replica does not hold, those that no other one holds. A replica that was killed left
   * its sessions in the store; their agents are on the way to somebody else since this one is there at the earliest. A
   * store that was away may tell of older times: what it says of others counts from its return.
   */
  async outOfTouch(clusters: readonly string[]): Promise<readonly OutOfTouch[]> {
    const presences = [...(await this.registry.presence(clusters))];
    const held = presences.filter(([, { connection }]) => connection === 'online').map(([, { replica }]) => replica);
    const others = [...new Set(held)].filter((replica) => replica !== this.doorbell.replica);
    const alive = await this.doorbell.present(others);
    const beganAt = this.clock.now() - (performance.now() - Math.max(this.bornAt, this.doorbell.storeBackAt));
    return presences.flatMap(([cluster, { connection, replica, since, lastSeen }]) => {
      if (connection === 'offline') return [{ cluster, since }];
      return alive.has(replica) ? [] : [{ cluster, since: Math.max(lastSeen, beganAt) }];
    });
  }
}
