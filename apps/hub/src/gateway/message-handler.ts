import type { AgentMessage, AgentMessageOf } from '@app/contracts/wire/agent-messages';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClusterWarnings } from '../fleet/cluster-warnings';
import type { AgentConnection } from './agent-connection';
import { AGENT_INBOUND, type AgentInbound, type AgentSession } from './agent.port';
import { KeyRuleTeller } from './key-rule-teller';
import { SessionDirectory } from './session-directory';

/** Far below what an agent waits for an answer. */
const ANSWERED_AFTER_MS = 10;

/** Hands an agent's messages on to those who know what they mean, and acknowledges what is stored. */
@Injectable()
export class MessageHandler {
  private readonly logger = new Logger(MessageHandler.name);

  constructor(
    @Inject(AGENT_INBOUND) private readonly inbound: AgentInbound,
    private readonly directory: SessionDirectory,
    private readonly warnings: ClusterWarnings,
    private readonly rules: KeyRuleTeller,
  ) {}

  /** Rejects when the effect of the message is not known to be stored. */
  async handle(connection: AgentConnection, message: AgentMessage): Promise<void> {
    const { session } = connection;
    switch (message.t) {
      case 'snapshotBegin':
        return connection.snapshot.begin(message);
      case 'snapshotItems':
        return connection.snapshot.items(message);
      case 'snapshotEnd':
        return this.snapshot(connection, message);
      case 'report':
        return connection.snapshot.collecting ? this.hold(connection, message) : this.report(connection, message);
      case 'permitAck':
        await this.inbound.permitAck(session, message.body);
        return connection.stored(message.id);
      case 'result':
        await this.inbound.result(session, message.body);
        return connection.stored(message.id);
      case 'progress':
        return this.inbound.progress(session, message.body);
      case 'error':
        return this.logger.warn({
          msg: 'an agent could not take a message',
          cluster: session.cluster,
          ...message.body,
        });
      case 'hello':
      case 'heartbeat':
        return undefined; // answered by the connection itself
    }
  }

  /** No agent has more reports out than it has credits; what is beyond them must not fill this process. */
  private hold(connection: AgentConnection, message: AgentMessageOf<'report'>): void {
    if (connection.snapshot.hold(message, connection.credits)) return;
    connection.notStored(message.id, 'CreditsExceeded', 'too many reports wait for the end of a snapshot');
  }

  /** Asks for everything when the hub's picture differs from the agent's for good. */
  async compare(connection: AgentConnection, { body }: AgentMessageOf<'heartbeat'>): Promise<void> {
    const digest = await this.inbound.inventoryDigest(connection.session.cluster);
    const isEqual = digest === body.inventoryDigest;
    if (isEqual) await this.announce(connection);
    if (!connection.agreement.compared(isEqual)) return;
    connection.send('resync', { why: 'what the hub knows of this cluster differs from what the agent reports' });
  }

  /** Keeps what the agent warns of, when that is news; what could not be kept comes again with the next heartbeat. */
  async warned(connection: AgentConnection, { body }: AgentMessageOf<'heartbeat'>): Promise<void> {
    const { warnings = [] } = body;
    const text = JSON.stringify(warnings);
    if (text === connection.warned) return;
    await this.warnings.set(connection.session.cluster, warnings);
    connection.warned = text;
  }

  /** Tells agents which keys of sources count, by the policies as they are now. */
  keyRules(connections: Iterable<AgentConnection>): Promise<void> {
    return this.rules.tell(connections);
  }

  /** Tells those who wait for the cluster; tried again by a sweep when the store is away. */
  async announce(connection: AgentConnection): Promise<void> {
    if (connection.announcement === 'done') return;
    connection.announcement = 'due';
    await this.inbound.connected(connection.session);
    connection.announcement = 'done';
  }

  /** Everything that is open for the cluster, from the store: cancelled rollouts first, then permits. */
  async resend(connection: AgentConnection): Promise<void> {
    for (const cancelled of await this.inbound.revoked(connection.session.cluster))
      connection.send('cancel', cancelled);
    await this.inbound.resend(connection.session);
  }

  /** Only the cluster's current session can make it offline. */
  async ended(session: AgentSession): Promise<void> {
    if (await this.directory.close(session)) await this.gone(session);
  }

  async gone(session: AgentSession): Promise<void> {
    await this.inbound.disconnected(session);
  }

  /** Whatever becomes of the snapshot, the reports that waited for it are newer and still count. */
  private async snapshot(connection: AgentConnection, end: AgentMessageOf<'snapshotEnd'>): Promise<void> {
    const { held, ...assembled } = connection.snapshot.end(end);
    try {
      if (assembled.kind === 'incomplete') return connection.notStored(end.id, 'SnapshotIncomplete', assembled.why);
      const { sources, workloads, inventoryDigest } = assembled;
      if (sources.length + workloads.length === 0 && !(await this.confirmsEmptiness(connection, inventoryDigest)))
        return connection.notStored(end.id, 'SnapshotUnconfirmed', 'nothing is left of what was known: say it again');
      await this.inbound.snapshot(connection.session, { sources, workloads, inventoryDigest });
      connection.stored(end.id);
    } finally {
      for (const report of held) await connection.attempt(report, () => this.report(connection, report));
    }
    await this.announce(connection).catch((error: unknown) => {
      this.logger.warn({
        msg: 'a session could not be announced yet',
        cluster: connection.session.cluster,
        err: error,
      });
    });
  }

  /**
   * An agent that sees nothing more may have lost its sight rather than its cluster: it has to look again and say the
   * same. True also where nothing was known.
   */
  private async confirmsEmptiness(connection: AgentConnection, digest: string): Promise<boolean> {
    const known = await this.inbound.inventoryDigest(connection.session.cluster);
    if (known === '' || known === digest || connection.emptyDigest === digest) return true;
    connection.emptyDigest = digest;
    return false;
  }

  private async report(connection: AgentConnection, { id, body }: AgentMessageOf<'report'>): Promise<void> {
    await this.inbound.report(connection.session, body);
    // A little later: what the report leads to is under way by then, and neither side is held up by the answer.
    setTimeout(() => connection.stored(id), ANSWERED_AFTER_MS);
  }
}
