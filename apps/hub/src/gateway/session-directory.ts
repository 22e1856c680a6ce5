import { Injectable } from '@nestjs/common';
import { PresenceStore, type SessionKey } from '../fleet/registry-presence';
import { Doorbell } from './doorbell';

/** Which replica holds which cluster's connection, and how to make it look. */
@Injectable()
export class SessionDirectory {
  constructor(
    private readonly presence: PresenceStore,
    private readonly doorbell: Doorbell,
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
}
