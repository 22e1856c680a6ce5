import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { progress, Result } from '@app/contracts/wire/agent-messages';
import type { z } from 'zod';
import type { Inventory } from '../inventory/inventory.port';
import type { KubeStore } from '../kube/store.port';
import { connect } from './connect';
import { FRESH_PACE, type LinkEnd, nextAttempt, type Pace } from './core/backoff';
import { HubClock } from './core/hub-clock';
import { Outbox } from './core/outbox';
import { isOfHub, type Refusal, UNKNOWN_IDENTITY } from './core/refusal';
import { Results } from './core/results';
import { enrol } from './enrolment';
import type { HubContact, HubLink, PermitHandler } from './hub-link.port';
import { type Enrolled, Identity } from './identity';
import type { LinkLog, LinkOptions } from './link-options';
import { LinkSession } from './link-session';
import { ToldInventory } from './told-inventory';
import { aborted } from '../platform/aborted';

const ENROL_AFTER_MS = 1_000;

type Cluster = Readonly<{ uid: string; version: string }>;

/** The link over one WebSocket that the agent opens: enrols when it has to, connects, and comes back for ever. */
export class WebSocketHubLink implements HubLink, HubContact {
  readonly #told: ToldInventory;
  readonly #outbox = new Outbox();
  readonly #results = new Results();
  readonly #hubClock = new HubClock();
  readonly #stopping = new AbortController();
  #session: LinkSession | null = null;
  #running: Promise<void> = Promise.resolve();
  #status = { connected: false, since: Date.now(), detail: 'not started' };
  /** null: the hub answers; else since when it does not, ms on a clock that never jumps. */
  #silentSince: number | null = performance.now();
  #complaint = '';
  #enrolAnew = false;
  /** The hub has refused the enrolment token for good: it is of no use to a cluster that has an identity. */
  #tokenSpent = false;

  constructor(
    private readonly options: LinkOptions,
    private readonly inventory: Inventory,
    private readonly store: KubeStore,
    private readonly log: LinkLog,
  ) {
    this.#told = new ToldInventory(inventory);
  }

  start(handler: PermitHandler): void {
    this.inventory.onChange((change) => {
      this.#outbox.changed(change, this.#told.digest());
      this.#session?.flush();
    });
    this.#running = this.#run(handler);
  }

  progress(message: z.infer<typeof progress>): void {
    this.#session?.progress(message);
  }

  /** The fact that the restart changed goes first: it is flushed in this turn of the loop, the result in the next. */
  result(message: Result): void {
    this.#results.add(message);
    setImmediate(() => this.#session?.flush());
  }

  status(): Readonly<{ connected: boolean; since: number; detail: string }> {
    return this.#status;
  }

  outOfTouchMs(): number {
    return this.#silentSince === null ? 0 : performance.now() - this.#silentSince;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#session?.close();
    await this.#running;
    this.#show(false, 'stopped');
  }

  async #run(handler: PermitHandler): Promise<void> {
    await Promise.race([this.inventory.whenReady(), aborted(this.#stopping.signal)]);
    let pace: Pace = FRESH_PACE;
    while (!this.#stopping.signal.aborted) {
      const end = await this.#attempt(handler);
      const next = nextAttempt(pace, end, Math.random());
      pace = next.pace;
      await sleep(next.delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** One try to be connected, from reading the identity to the end of the session. */
  async #attempt(handler: PermitHandler): Promise<LinkEnd> {
    try {
      const identity = await Identity.open(this.store);
      const cluster = await this.store.cluster();
      const enrolled = this.#enrolAnew ? null : identity.enrolled;
      const known = enrolled ?? (await this.#enrol(identity, cluster));
      return 'hubId' in known ? await this.#connect(identity, known, { handler, cluster }) : known;
    } catch (error) {
      return this.#unreachable(error instanceof Error ? error.message : String(error));
    }
  }

  async #enrol(identity: Identity, cluster: Cluster): Promise<Enrolled | LinkEnd> {
    if (this.options.enrolmentToken === null) {
      return this.#refused({
        code: 'EnrolmentTokenMissing',
        message: 'this cluster is not enrolled, and no ENROLMENT_TOKEN is given',
        terminal: true,
        retryAfterMs: 0,
      });
    }
    const answer = await enrol(this.options, identity, cluster.uid);
    if (answer.kind === 'unreachable') return this.#unreachable(answer.message);
    this.#enrolAnew = false;
    if (answer.kind === 'refused') {
      this.#tokenSpent = answer.refusal.terminal;
      return this.#refused(answer.refusal, identity.enrolled !== null);
    }
    const { hubId, state } = answer.response;
    const enrolled = { cluster: answer.response.cluster, hubId };
    await identity.remember(enrolled);
    this.log.info({ ...enrolled, state }, 'enrolled');
    return enrolled;
  }

  async #connect(
    identity: Identity,
    enrolled: Enrolled,
    { handler, cluster }: Readonly<{ handler: PermitHandler; cluster: Cluster }>,
  ): Promise<LinkEnd> {
    const now = this.#hubClock.known ? this.#hubClock.now(performance.now()) : Date.now();
    const answer = await connect(this.options, await identity.connectToken(enrolled, now));
    if (answer.kind === 'unreachable') return this.#unreachable(answer.message);
    if (answer.kind === 'refused') {
      if (answer.hubTime !== null) this.#hubClock.learn(answer.hubTime, performance.now());
      return this.#notLetIn(answer.refusal);
    }
    this.#hubClock.newSession();
    this.#session = new LinkSession(answer.socket, {
      inventory: this.#told,
      handler,
      outbox: this.#outbox,
      results: this.#results,
      hubClock: this.#hubClock,
      log: this.log,
      options: this.options,
      cluster,
      onWelcome: ({ session, snapshot }) => {
        this.#silentSince = null;
        this.#show(true, `connected as ${enrolled.cluster}`);
        this.log.info({ cluster: enrolled.cluster, session, snapshot }, 'connected to the hub');
      },
    });
    if (this.#stopping.signal.aborted) this.#session.close();
    const end = await this.#session.run();
    this.#show(false, this.#session.ending);
    this.#session = null;
    this.#silentSince = performance.now();
    return end;
  }

  /** A hub that lost or never had this identity may take it again: if there is a token, or when a backup is restored. */
  #notLetIn(refusal: Refusal): LinkEnd {
    const unknown = UNKNOWN_IDENTITY.includes(refusal.code);
    this.#enrolAnew = unknown && this.options.enrolmentToken !== null && !this.#tokenSpent;
    if (this.#enrolAnew) return this.#refused({ ...refusal, terminal: false, retryAfterMs: ENROL_AFTER_MS });
    return this.#refused(refusal, unknown);
  }

  /** @param mayPass what a person does at the hub alone ends it, so that it is asked again as if it were away. */
  #refused(refusal: Refusal, mayPass = false): LinkEnd {
    const { code, message, terminal, retryAfterMs } = refusal;
    if (isOfHub(refusal)) this.#silentSince = null;
    else this.#silentSince ??= performance.now();
    this.#show(false, `${code}: ${message}`);
    this.#complain(
      `${code}: ${message}`,
      terminal ? 'the hub refuses this agent until someone acts' : 'the hub refuses this agent for now',
    );
    return { kind: 'refused', terminal: terminal && !mayPass, retryAfterMs };
  }

  #unreachable(message: string): LinkEnd {
    this.#silentSince ??= performance.now();
    this.#show(false, `hub unreachable: ${message}`);
    this.#complain(message, 'the hub can not be reached');
    return { kind: 'unreachable' };
  }

  #show(connected: boolean, detail: string): void {
    const since = connected === this.#status.connected ? this.#status.since : Date.now();
    if (connected) this.#complaint = '';
    this.#status = { connected, since, detail };
  }

  /** One line per cause, not one per attempt. */
  #complain(why: string, message: string): void {
    if (why === this.#complaint) return;
    this.#complaint = why;
    this.log.warn({ why, hub: this.options.hubUrl }, message);
  }
}
