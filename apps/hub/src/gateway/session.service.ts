import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentMessage, AgentMessageOf } from '@app/contracts/wire/agent-messages';
import { CLOSE } from '@app/contracts/wire/envelope';
import { Injectable, Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import type { ClusterRecord } from '../fleet/core/cluster-record';
import type { HubMetrics } from '../ops/metrics';
import { AgentConnection, type ConnectionOwner } from './agent-connection';
import { GatewayContext } from './gateway-context';
import type { GatewaySettings } from './gateway-settings';
import { Greeter } from './greeter';
import { MessageHandler } from './message-handler';
import { SessionTable } from './session-table';

/** Agents that come back per second without pressing the hub: authentication is what costs. */
const RETURNS_PER_SECOND = 450;
const SHORTEST_RETURN_MS = 1_000;
const DRAIN_WITHIN_MS = 1_500;

/** The life of the sessions on this replica, from the upgrade to the end. */
@Injectable()
export class SessionService implements ConnectionOwner {
  private readonly logger = new Logger(SessionService.name);
  private readonly open = new Set<AgentConnection>();
  private draining = false;

  constructor(
    private readonly context: GatewayContext,
    private readonly greeter: Greeter,
    private readonly handler: MessageHandler,
    private readonly table: SessionTable,
  ) {
    context.onStoreDoubt(() => this.doubtAll());
  }

  get settings(): GatewaySettings {
    return this.context.settings;
  }

  get metrics(): HubMetrics {
    return this.context.metrics;
  }

  /** Every connection, also those that have not said hello. */
  get connections(): ReadonlySet<AgentConnection> {
    return this.open;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  accept(socket: WebSocket, record: ClusterRecord): void {
    this.open.add(new AgentConnection(socket, record, this));
  }

  now(): number {
    return this.context.clock.now();
  }

  async greet(connection: AgentConnection, hello: AgentMessageOf<'hello'>): Promise<void> {
    const greeting = await this.greeter.greet(connection.record, hello.body);
    if (greeting.kind === 'rejected') {
      const { code, message: detail } = greeting.reject;
      this.logger.warn({ msg: 'an agent was rejected', cluster: connection.record.name, code, detail });
      connection.send('reject', greeting.reject, hello.id);
      return connection.close(CLOSE.policy, code);
    }
    connection.establish(greeting.session, greeting.welcome.proto);
    const older = this.table.put(connection);
    older?.close(CLOSE.replaced, 'a newer session of this cluster took over');
    if (older === connection) return;
    const { heartbeatSeconds, credits } = this.settings;
    connection.send('welcome', { ...greeting.welcome, heartbeatSeconds, credits }, hello.id);
    this.logger.log({ msg: 'an agent is connected', ...greeting.session, snapshot: greeting.welcome.snapshot });
    await this.handler.keyRules([connection]).catch(() => undefined); // a sweep tells it then
    if (greeting.welcome.snapshot === 'none') await this.handler.announce(connection);
  }

  handle(connection: AgentConnection, message: AgentMessage): Promise<void> {
    return this.handler.handle(connection, message);
  }

  /** Answered at once, whatever the store does: the agent wants to know whether the hub is there. */
  heartbeat(connection: AgentConnection, beat: AgentMessageOf<'heartbeat'>): void {
    connection.stored(beat.id);
    if (connection.hasSession) connection.enqueue(() => this.handler.warned(connection, beat).catch(() => undefined));
    if (!connection.agreement.due()) return;
    connection.enqueue(() => this.handler.compare(connection, beat).catch(() => undefined)); // the next one compares again
  }

  /** What agents were told is stored may be gone, and what they say now may not be stored: they are to be compared. */
  private doubtAll(): void {
    for (const connection of this.open) connection.doubt();
  }

  async ended(connection: AgentConnection): Promise<void> {
    this.open.delete(connection);
    if (!connection.hasSession) return;
    this.table.remove(connection);
    const { session } = connection;
    this.logger.log({ msg: 'a session ended', ...session });
    if (this.draining) return; // its agent is back in a moment, here or at another replica
    await this.handler.ended(session).catch((error: unknown) => {
      this.logger.warn({
        msg: 'the end of a session could not be stored; a sweep makes it good',
        ...session,
        err: error,
      });
    });
  }

  /** Sends every agent away to come back, spread over a time that fits their number. */
  async drain(): Promise<void> {
    this.draining = true;
    const reconnectWithinMs = Math.max(SHORTEST_RETURN_MS, Math.ceil((this.open.size / RETURNS_PER_SECOND) * 1000));
    for (const connection of this.open) {
      connection.send('drain', { reconnectWithinMs });
      connection.close(CLOSE.restart, 'the hub restarts');
    }
    const deadline = Date.now() + DRAIN_WITHIN_MS;
    while (this.open.size > 0 && Date.now() < deadline) await sleep(10);
  }
}
