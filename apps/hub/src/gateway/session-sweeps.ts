import { CLOSE } from '@app/contracts/wire/envelope';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OFFLINE_AFTER_MS, type ClusterRecord } from '../fleet/core/cluster-record';
import { ClusterRegistry } from '../fleet/registry';
import type { AgentConnection } from './agent-connection';
import { MessageHandler } from './message-handler';
import { SessionDirectory } from './session-directory';
import { SessionService } from './session.service';

/**
 * What has to be looked at again and again, because the one who should say so may be gone: revocations, sessions that
 * moved to another replica, replicas that died, policies that changed. Each sweep that fails is simply made again.
 */
@Injectable()
export class SessionSweeps implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SessionSweeps.name);
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly sessions: SessionService,
    private readonly directory: SessionDirectory,
    private readonly registry: ClusterRegistry,
    private readonly handler: MessageHandler,
  ) {}

  onApplicationBootstrap(): void {
    const { credentialsEveryMs, presenceEveryMs, orphansEveryMs } = this.sessions.settings;
    this.directory.onRing((cluster) => void this.rung(cluster).catch(() => undefined));
    this.every(credentialsEveryMs, () => this.credentials());
    this.every(presenceEveryMs, () => this.presence());
    this.every(credentialsEveryMs, () => this.keyRules());
    // After a hub restart every agent gets its time to come back before anyone calls it gone.
    this.timers.push(setTimeout(() => this.every(orphansEveryMs, () => this.orphans()), OFFLINE_AFTER_MS));
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Ends the connections of clusters that were revoked, removed or given another key. */
  async credentials(): Promise<void> {
    const version = await this.registry.credentialsVersion();
    const unchecked = [...this.sessions.connections].filter(({ checkedAt }) => checkedAt !== version);
    const records = await this.registry.many(unchecked.map(({ record }) => record.name));
    const byName = new Map(records.map((record) => [record.name, record]));
    for (const connection of unchecked) {
      if (stillAllowed(connection, byName.get(connection.record.name))) connection.checkedAt = version;
      else connection.close(CLOSE.policy, 'credentials changed');
    }
    this.announceLate();
  }

  /** Policies and labels of clusters may have changed. */
  keyRules(): Promise<void> {
    return this.handler.keyRules(this.sessions.connections);
  }

  private announceLate(): void {
    for (const connection of this.sessions.connections) {
      if (connection.announcement === 'due')
        connection.enqueue(() => this.handler.announce(connection).catch(() => undefined));
    }
  }

  private async presence(): Promise<void> {
    const live = [...this.sessions.connections].filter(({ hasSession }) => hasSession);
    const now = this.sessions.now();
    const seen = live.map(({ session, silentMs }) => ({
      cluster: session.cluster,
      session: session.session,
      lastSeen: Math.floor(now - silentMs),
    }));
    const lost = await this.directory.touch(seen);
    for (const connection of live) {
      if (lost.has(connection.session.session)) connection.close(CLOSE.replaced, 'this session is not the current one');
    }
  }

  private async orphans(): Promise<void> {
    await this.presence();
    for (const session of await this.directory.closeOrphans()) {
      this.logger.warn({ msg: 'a session whose replica is gone was ended', ...session });
      await this.handler.gone(session);
    }
  }

  /** Another replica has something for this cluster, or holds a newer session of it. */
  private async rung(cluster: string): Promise<void> {
    await this.credentials();
    const connection = [...this.sessions.connections].find((open) => open.hasSession && open.record.name === cluster);
    if (!connection) return;
    if (await this.directory.holds(connection.session)) connection.enqueue(() => this.handler.resend(connection));
    else connection.close(CLOSE.replaced, 'a newer session of this cluster took over');
  }

  private every(ms: number, sweep: () => Promise<void>): void {
    const run = (): void => {
      sweep().catch((error: unknown) => this.logger.debug({ msg: 'a sweep failed and is made again', err: error }));
    };
    this.timers.push(setInterval(run, ms));
  }
}

const stillAllowed = ({ record }: AgentConnection, now: ClusterRecord | undefined): boolean =>
  now?.state === 'Approved' && now.credVersion === record.credVersion && now.publicKey === record.publicKey;
