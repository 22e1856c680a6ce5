import { performance } from 'node:perf_hooks';
import type { progress } from '@app/contracts/wire/agent-messages';
import { CLOSE, KEY_RULES_SINCE, PROTOCOL } from '@app/contracts/wire/envelope';
import type { HubMessage, Welcome } from '@app/contracts/wire/hub-messages';
import type { RawData, WebSocket } from 'ws';
import type { z } from 'zod';
import type { LinkEnd } from './core/backoff';
import type { HubClock } from './core/hub-clock';
import { Misreadings, readHubFrame } from './core/hub-frame';
import type { Outbox } from './core/outbox';
import type { Results } from './core/results';
import { FactReader } from './fact-reader';
import { FrameWriter } from './frame-writer';
import { Heartbeat } from './heartbeat';
import type { PermitHandler } from './hub-link.port';
import type { LinkLog, LinkOptions } from './link-options';
import { Liveness } from './liveness';
import { PermitIntake } from './permit-intake';
import { RetryPause } from './retry-pause';
import { SnapshotSender } from './snapshot-sender';
import type { ToldInventory } from './told-inventory';
import { Uplink } from './uplink';

const WELCOME_MS = 15_000;
/** For a hub that says it restarts, but not how long to stay away. */
const RETURN_WITHIN_MS = 1_000;

export type SessionParts = Readonly<{
  inventory: ToldInventory;
  handler: PermitHandler;
  outbox: Outbox;
  results: Results;
  hubClock: HubClock;
  log: LinkLog;
  options: LinkOptions;
  cluster: Readonly<{ uid: string; version: string }>;
  /** Called once, when the hub has let this session in. */
  onWelcome: (welcome: Welcome) => void;
}>;

/** One connection from hello to close. What has to outlive it is in the outbox and the results. */
export class LinkSession {
  readonly #frames: FrameWriter;
  readonly #heartbeat: Heartbeat;
  readonly #uplink: Uplink;
  readonly #snapshots: SnapshotSender;
  readonly #liveness: Liveness;
  readonly #permits: PermitIntake;
  readonly #pause = new RetryPause();
  readonly #misreadings = new Misreadings();
  readonly #openedAt = performance.now();
  #phase: 'greeting' | 'snapshot' | 'live' | 'closed' = 'greeting';
  #credits = 1;
  /** Settles the last snapshot. */
  #snapshotFrame: string | null = null;
  #snapshotAgain = false;
  #refusal: LinkEnd | null = null;
  #drainMs: number | null = null;
  /** Why the connection itself failed; empty: it did not. */
  #broken = '';
  /** What people are told of its end. */
  #ending = 'the connection ended';

  constructor(
    private readonly socket: WebSocket,
    private readonly parts: SessionParts,
  ) {
    this.#frames = new FrameWriter(socket);
    this.#heartbeat = new Heartbeat(parts.inventory, this.#frames);
    this.#liveness = new Liveness({
      beat: () => this.#heartbeat.beat(),
      dead: (why) => {
        parts.log.warn({ why }, 'the connection to the hub is dead');
        socket.terminate();
      },
    });
    const facts = new FactReader(parts.inventory, parts.log);
    this.#snapshots = new SnapshotSender({ ...parts, facts, frames: this.#frames });
    this.#permits = new PermitIntake({
      ...parts,
      ask: () => socket.ping(),
      acknowledge: (ack) => this.#frames.write('permitAck', ack),
    });
    this.#uplink = new Uplink({ ...parts, facts, frames: this.#frames, liveness: this.#liveness });
  }

  get ending(): string {
    return this.#ending;
  }

  /** Resolves when the connection is over. */
  run(): Promise<LinkEnd> {
    return new Promise((resolve) => {
      this.socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
      this.socket.on('pong', () => this.#permits.answered());
      this.socket.on('error', (error) => (this.#broken = error.message));
      this.socket.on('close', (code, reason) => resolve(this.#closed(code, reason.toString('utf8'))));
      this.#hello();
    });
  }

  /** Sends what is new, as far as the hub's credits go. */
  flush(): void {
    if (this.#phase !== 'live' || this.#pause.active) return;
    this.#heartbeat.warn();
    if (this.#uplink.hasWork) this.#permits.acknowledge();
    this.#uplink.flush(this.#credits);
  }

  /** Best effort: the result is what counts. */
  progress(message: z.infer<typeof progress>): void {
    this.#permits.acknowledge();
    if (this.#phase === 'live') this.#frames.write('progress', message);
  }

  close(): void {
    this.#permits.acknowledge();
    this.flush();
    this.socket.close(1000, 'agent stops');
  }

  #hello(): void {
    const { inventory, options, cluster, handler, outbox, results } = this.parts;
    inventory.speak(PROTOCOL.max);
    const inventoryDigest = inventory.digest();
    outbox.startOver(inventoryDigest);
    results.startOver();
    this.#liveness.expect('welcome', WELCOME_MS);
    this.#frames.write('hello', {
      proto: PROTOCOL,
      agentVersion: options.agentVersion,
      kubernetesVersion: cluster.version,
      clusterUid: cluster.uid,
      agentEpoch: options.agentEpoch,
      maxHubEpochSeen: handler.maxHubEpochSeen(),
      inventoryDigest,
      keyId: options.keyId,
    });
  }

  #receive(data: RawData, isBinary: boolean): void {
    const arrived = performance.now();
    this.#liveness.heard();
    const frame = readHubFrame(isBinary ? null : String(data));
    if (frame.kind === 'misread') return this.#misread(frame.code, frame.why);
    this.parts.hubClock.learn(Date.parse(frame.message.ts), arrived);
    this.#handle(frame.message);
  }

  #misread(code: string, why: string): void {
    if (this.#misreadings.admit(why)) this.parts.log.warn({ code, why }, 'a frame of the hub was not understood');
    this.#frames.write('error', { code, message: 'the frame was not understood', retryable: false });
  }

  #handle(message: HubMessage): void {
    switch (message.t) {
      case 'welcome':
        return this.#welcome(message.body);
      case 'reject':
        this.#refusal = {
          kind: 'refused',
          terminal: message.body.terminal,
          retryAfterMs: message.body.retryAfterSeconds * 1000,
        };
        this.#ending = `${message.body.code}: ${message.body.message}`;
        return this.parts.log.warn(
          { code: message.body.code, detail: message.body.message },
          'the hub rejects this agent',
        );
      case 'ack':
        return this.#answered(message.re, message.body.disposition === 'throttled' ? message.body.retryAfterMs : null);
      case 'error':
        return this.#refused(message.re, message.body);
      case 'permit':
        return this.#permit(message);
      case 'cancel':
        return this.parts.handler.cancel(message.body);
      case 'keyRules':
        return this.parts.handler.keyRules(message.body.rules);
      case 'resync':
        this.parts.log.info({ why: message.body.why }, 'the hub asks for everything');
        return this.#snapshot();
      case 'drain':
        this.#drainMs = message.body.reconnectWithinMs;
    }
  }

  #welcome(welcome: Welcome): void {
    if (this.#phase !== 'greeting') return;
    const { handler, inventory } = this.parts;
    this.#liveness.arrived('welcome');
    this.#liveness.start(welcome.heartbeatSeconds * 1000);
    this.#credits = welcome.credits;
    this.parts.onWelcome(welcome);
    if (welcome.hubEpoch > handler.maxHubEpochSeen()) handler.obey(welcome.hubEpoch);
    for (const cancelled of welcome.revoked) handler.cancel(cancelled);
    if (welcome.proto < KEY_RULES_SINCE) handler.keyRules([]);
    this.#phase = 'live';
    const isOlder = inventory.speak(welcome.proto);
    if (welcome.snapshot === 'full' || isOlder) this.#snapshot();
    else this.flush();
  }

  #permit({ ts, body }: Extract<HubMessage, { t: 'permit' }>): void {
    // What was cancelled meanwhile comes with the welcome; who sends a permit before it sends it again.
    if (this.#phase === 'greeting') return this.#misread('WelcomeExpected', 'a permit came before the welcome');
    this.#permits.take(body, Date.parse(ts));
  }

  /** Reports wait until the snapshot is out: they are newer than what it says. */
  #snapshot(): void {
    if (this.#phase === 'snapshot') {
      this.#snapshotAgain = true;
      return;
    }
    this.#phase = 'snapshot';
    this.#snapshotFrame = null;
    void this.#snapshots.send(() => this.#phase === 'snapshot').then((frame) => this.#snapshotSent(frame));
  }

  #snapshotSent(frame: string | null): void {
    if (frame === null || this.#phase !== 'snapshot') return;
    this.#snapshotFrame = frame;
    this.#liveness.sent(frame);
    this.#phase = 'live';
    if (this.#snapshotAgain) {
      this.#snapshotAgain = false;
      this.#snapshot();
    } else this.flush();
  }

  #answered(frame: string | undefined, retryAfterMs: number | null): void {
    if (frame === undefined) return;
    this.#liveness.answered(frame);
    if (retryAfterMs !== null) return this.#again(frame, retryAfterMs);
    if (!this.#settle(frame)) return;
    this.#pause.relax();
    this.flush();
  }

  #refused(frame: string | undefined, error: Readonly<{ code: string; message: string; retryable: boolean }>): void {
    this.parts.log.warn({ code: error.code, detail: error.message }, 'the hub could not take a message');
    if (frame === undefined) return;
    this.#liveness.answered(frame);
    if (error.retryable) this.#again(frame);
    else this.#settle(frame);
  }

  #settle(frame: string): boolean {
    if (frame === this.#snapshotFrame) this.#snapshotFrame = null;
    return this.parts.outbox.stored(frame) || this.parts.results.settled(frame);
  }

  /** Until a refused snapshot is out again it counts as under way, so that no report claims to complete the picture. */
  #again(frame: string, afterMs?: number): void {
    if (frame === this.#snapshotFrame) this.#snapshotAgain = true;
    else if (!this.parts.outbox.refused(frame) && !this.parts.results.refused(frame)) return;
    this.#pause.begin(() => this.#resume(), afterMs);
  }

  #resume(): void {
    if (this.#phase !== 'live') return;
    if (!this.#snapshotAgain) return this.flush();
    this.#snapshotAgain = false;
    this.#snapshot();
  }

  #closed(code: number, reason: string): LinkEnd {
    this.#phase = 'closed';
    this.#liveness.stop();
    this.#pause.stop();
    this.#permits.stop();
    const level = code === CLOSE.replaced ? 'warn' : 'info'; // two agents with one identity, as a rule
    this.parts.log[level]({ code, reason: reason || this.#broken }, 'the connection to the hub ended');
    if (this.#refusal) return this.#refusal;
    const withinMs = this.#drainMs ?? (code === CLOSE.restart ? RETURN_WITHIN_MS : null);
    return { kind: 'ended', lastedMs: performance.now() - this.#openedAt, withinMs };
  }
}
