import { performance } from 'node:perf_hooks';
import type { AgentMessage, AgentMessageOf } from '@app/contracts/wire/agent-messages';
import { CLOSE, DEAD_AFTER_BEATS } from '@app/contracts/wire/envelope';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import { Logger } from '@nestjs/common';
import type { RawData, WebSocket } from 'ws';
import type { ClusterRecord } from '../fleet/core/cluster-record';
import type { HubMetrics } from '../ops/metrics';
import { StoreUnavailable } from '../platform/redis';
import type { AgentSession } from './agent.port';
import { Agreement } from './core/agreement';
import { type Arrival, readFrame, Sequence } from './core/frames';
import { SnapshotAssembly } from './core/snapshot-assembly';
import { SnapshotSize } from './core/snapshot-size';
import type { GatewaySettings } from './gateway-settings';
import { type Body, HubFrames, type HubWord } from './hub-frames';
import { MessageQueue } from './message-queue';
import type { LiveSession } from './session-table';

/** A peer that does not answer a close is cut off. */
const CLOSE_WITHIN_MS = 1_000;

type Hello = AgentMessageOf<'hello'>;
type Heartbeat = AgentMessageOf<'heartbeat'>;

/** What an agent says about the work that it was given. */
const ANSWERS: ReadonlySet<AgentMessage['t']> = new Set(['permitAck', 'progress', 'result']);

/** What the gateway does for a connection. Each promise settles when the effect is durable. */
export interface ConnectionOwner {
  readonly settings: GatewaySettings;
  readonly metrics: Pick<HubMetrics, 'framesReceived'>;
  now(): number;
  greet(connection: AgentConnection, hello: Hello): Promise<void>;
  handle(connection: AgentConnection, message: AgentMessage): Promise<void>;
  heartbeat(connection: AgentConnection, message: Heartbeat): void;
  ended(connection: AgentConnection): Promise<void>;
}

/**
 * One authenticated WebSocket: frames in order, one at a time. Its cluster is that of the signature on the upgrade.
 * The first thing that no honest agent sends ends it.
 */
export class AgentConnection implements LiveSession {
  private readonly logger = new Logger(AgentConnection.name);
  private readonly frames: HubFrames;
  private readonly sequence = new Sequence();
  private readonly queue: MessageQueue;
  private readonly helloTimer: NodeJS.Timeout;
  private readonly deadTimer: NodeJS.Timeout;
  private heardAt = performance.now();
  private greeted = false;
  private refused = false;
  private established: AgentSession | null = null;
  private readonly snapshotSize: SnapshotSize;
  readonly snapshot = new SnapshotAssembly();
  readonly agreement = new Agreement();
  /** Digest under which this agent said once that its cluster is empty; null: it did not. */
  emptyDigest: string | null = null;
  /** What its agent warned of last, as it is stored; null: not heard in this session. */
  warned: string | null = null;
  /** Version of the protocol that both sides speak. */
  proto = 0;
  /** What its agent was told last; null: nothing in this session. */
  keyRules: readonly KeyRule[] | null = null;
  /** Credentials counter under which this connection was last found to be allowed. */
  checkedAt = '';
  /** `due`: the hub's view of the cluster is as the agent's, and whoever waits for the cluster has yet to be told. */
  announcement: 'awaitsAgreement' | 'due' | 'done' = 'awaitsAgreement';

  constructor(
    private readonly socket: WebSocket,
    readonly record: ClusterRecord,
    private readonly owner: ConnectionOwner,
  ) {
    const { credits, helloWithinMs, heartbeatSeconds, snapshotBytes } = owner.settings;
    this.snapshotSize = new SnapshotSize(snapshotBytes);
    this.frames = new HubFrames(socket, () => owner.now());
    this.queue = new MessageQueue(credits, socket);
    this.helloTimer = setTimeout(() => this.close(CLOSE.policy, 'no hello in time'), helloWithinMs);
    this.deadTimer = setInterval(() => this.checkAlive(), heartbeatSeconds * 500);
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('error', (error) =>
      this.logger.warn({ msg: 'a connection failed', cluster: record.name, why: error.message }),
    );
    socket.on('close', () => this.closed());
  }

  /** @throws Error before the hello was answered: there is no session yet. */
  get session(): AgentSession {
    if (!this.established) throw new Error(`the connection of ${this.record.name} has no session yet`);
    return this.established;
  }

  get credits(): number {
    return this.owner.settings.credits;
  }

  get hasSession(): boolean {
    return this.established !== null;
  }

  get isHeard(): boolean {
    return this.announcement === 'done';
  }

  /** When the agent was last heard, in milliseconds before now. */
  get silentMs(): number {
    return performance.now() - this.heardAt;
  }

  /** The store may have lost what this agent told: it does not count as heard before both were compared. */
  doubt(): void {
    this.agreement.doubt();
    this.announcement = 'awaitsAgreement';
  }

  establish(session: AgentSession, proto: number): void {
    this.established = session;
    this.proto = proto;
  }

  send<T extends HubWord>(t: T, body: Body<T>, re?: string): void {
    this.frames.send(t, body, re);
  }

  stored(frame: string): void {
    this.send('ack', { disposition: 'stored', retryAfterMs: 0 }, frame);
  }

  /** The agent keeps what it sent, and sends it again. */
  notStored(frame: string, code: string, message: string): void {
    this.send('error', { code, message, retryable: true }, frame);
  }

  /** What still arrives could not be acknowledged any more, and a newer session may have said otherwise. */
  close(code: number, reason: string): void {
    this.refused = true;
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSE_WITHIN_MS).unref();
  }

  /** Does `task` after everything that arrived before. */
  enqueue(task: () => Promise<void>): void {
    this.queue.add(task);
  }

  private receive(data: RawData, isBinary: boolean): void {
    this.heardAt = performance.now();
    if (this.refused) return;
    if (isBinary) return this.abuse('unknown', 'BinaryFrame', 'frames are text');
    const text = String(data);
    const arrival = readFrame(text);
    if (arrival.kind === 'abuse') return this.abuse(arrival.type, arrival.code, arrival.detail);
    if (arrival.kind === 'unsupported') return this.pass(arrival);
    const excess = this.excessOf(arrival.message, text.length);
    if (excess !== null) return this.abuse(arrival.message.t, 'SnapshotTooLarge', excess);
    this.take(arrival.message);
  }

  private excessOf({ t }: AgentMessage, bytes: number): string | null {
    if (t === 'snapshotBegin') this.snapshotSize.begin();
    return t === 'snapshotItems' ? this.snapshotSize.add(bytes) : null;
  }

  /** It counts among the frames of the session, so that none seems to be missing after it. */
  private pass({ id, seq, word }: Extract<Arrival, { kind: 'unsupported' }>): void {
    this.owner.metrics.framesReceived('unknown', 'unsupported');
    this.send('error', { code: 'Unsupported', message: `this hub does not know ${word}`, retryable: false }, id);
    if (seq !== undefined && this.sequence.take(seq) === 'gap') this.askForAll();
  }

  private take(message: AgentMessage): void {
    const order = this.sequence.take(message.seq);
    if (order === 'repeated') return this.abuse(message.t, 'SequenceRepeated', 'a frame of this session came twice');
    if (this.greeted === (message.t === 'hello'))
      return this.abuse(message.t, 'HelloExpected', 'hello comes first, and once');
    this.owner.metrics.framesReceived(message.t, 'accepted');
    if (message.t === 'hello') {
      this.greeted = true;
      clearTimeout(this.helloTimer);
      return this.queue.add(() => this.attempt(message, () => this.owner.greet(this, message)));
    }
    if (order === 'gap') this.askForAll();
    if (message.t === 'heartbeat') return this.owner.heartbeat(this, message);
    this.line(message, () => this.attempt(message, () => this.owner.handle(this, message)));
  }

  /** In which order it is done beside what else its agent says. */
  private line({ t }: AgentMessage, task: () => Promise<void>): void {
    if (t === 'report') return this.queue.addFacts(task);
    if (ANSWERS.has(t)) return this.queue.addAnswer(task);
    this.queue.add(task);
  }

  private askForAll(): void {
    this.send('resync', { why: 'frames of this session are missing' });
  }

  /** What could not be stored is not acknowledged, so that the agent sends it again. */
  async attempt(message: AgentMessage, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.owner.metrics.framesReceived(message.t, 'failed');
      const away = error instanceof StoreUnavailable;
      if (away) this.doubt();
      if (!away)
        this.logger.error({
          msg: 'a message could not be handled',
          cluster: this.record.name,
          type: message.t,
          err: error,
        });
      this.notStored(
        message.id,
        away ? 'StoreUnavailable' : 'Internal',
        away ? 'the hub can not reach its store' : 'the hub failed',
      );
      if (!this.established) this.close(CLOSE.tryLater, 'the session could not be opened');
    }
  }

  private abuse(type: string, code: string, detail: string): void {
    this.owner.metrics.framesReceived(type, 'invalid');
    this.logger.warn({
      msg: 'a frame was refused and its connection closed',
      cluster: this.record.name,
      type,
      code,
      detail,
    });
    this.send('error', { code, message: detail.slice(0, 1000), retryable: false });
    this.close(CLOSE.policy, code);
  }

  private checkAlive(): void {
    const silentMs = Math.round(this.silentMs);
    if (silentMs <= this.owner.settings.heartbeatSeconds * 1000 * DEAD_AFTER_BEATS) return;
    this.logger.warn({
      msg: 'an agent says nothing more: its connection is dropped',
      cluster: this.record.name,
      silentMs,
    });
    this.socket.terminate();
  }

  /** What had arrived is still handled; the session ends after that. */
  private closed(): void {
    clearTimeout(this.helloTimer);
    clearInterval(this.deadTimer);
    this.queue.add(() => this.owner.ended(this));
  }
}
