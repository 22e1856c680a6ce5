import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, Query } from '../kube/client';
import { readList } from '../kube/core/json';
import type { WatchedKind, WatchHandler } from '../kube/kube.port';
import type { ByteStream } from '../platform/http-pool';
import type { Comeback } from './comeback';
import { LineSplitter } from './lines';
import { readWatchLine } from './core/watch-line';
import {
  afterEnding,
  endingOf,
  hasGoneBack,
  initialState,
  nextAttempt,
  type NextTry,
  onLine,
  onOpened,
  type Attempt,
  type Ending,
  type RelistReason,
  type WatchState,
} from './core/watch-loop';
import { aborted } from '../platform/aborted';

export type WatchTiming = Readonly<{
  /** After so long without a byte a watch is given up. */
  silenceMs: number;
  /** The longest wait for the head of the answer. */
  openMs: number;
}>;

/** An API server sends a bookmark into a quiet watch about every minute, but not for every kind. */
const TIMING: WatchTiming = { silenceMs: 90_000, openMs: 30_000 };
/** The server ends each watch after a random time between these, so that many agents do not come back at once. */
const LIFETIME_SECONDS = { min: 300, max: 600 };
const PAGE_DEADLINE_MS = 60_000;
const PAGE_SIZE = 100;

/** What is watched: one collection, filtered by the server. */
export type WatchScope = Readonly<{
  kind: WatchedKind;
  path: string;
  /** Named in what is told, where there are several streams of one kind. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** The server sends nothing but the metadata of each object. */
  metadataOnly?: boolean;
}>;

const METADATA = ';g=meta.k8s.io;v=v1';
const ACCEPT_LIST = `application/json;as=PartialObjectMetadataList${METADATA}`;
const ACCEPT_WATCH = `application/json;as=PartialObjectMetadata${METADATA}`;

/** Told what the watch does, for metrics and the log. */
export interface WatchObserver {
  event(kind: WatchedKind): void;
  relist(kind: WatchedKind, reason: RelistReason): void;
  up(kind: WatchedKind, up: boolean): void;
  trouble(kind: WatchedKind, message: string): void;
  bug(kind: WatchedKind, object: string, error: unknown): void;
}

export type WatchParts = Readonly<{
  client: KubeClient;
  observer: WatchObserver;
  random: () => number;
  timing?: WatchTiming;
}>;

/** One never-ending watch of one collection. The decisions are in core/watch-loop; here they are carried out. */
export class WatchStream {
  private state: WatchState = initialState;
  private lastByteAt = performance.now();
  /** What was told since it last worked: a trouble that stays is told once. */
  private toldTrouble: string | null = null;
  private readonly stopping = new AbortController();
  private readonly timing: WatchTiming;

  constructor(
    private readonly scope: WatchScope,
    private readonly handler: WatchHandler,
    private readonly parts: WatchParts & Readonly<{ comeback: Comeback }>,
  ) {
    this.timing = parts.timing ?? TIMING;
  }

  /** Runs until `stop`, from when `after` is done. Never throws. */
  async run(after: Promise<void> = Promise.resolve()): Promise<void> {
    const { observer, random } = this.parts;
    await Promise.race([after, aborted(this.stopping.signal)]);
    this.lastByteAt = performance.now();
    while (!this.stopping.signal.aborted) {
      const ending = await this.attempt(nextAttempt(this.state)).catch((error: unknown) => this.stumbled(error));
      if (this.stopping.signal.aborted) return;
      const next = afterEnding(this.state, ending, random());
      this.move(next.state);
      const { error } = next.state;
      if (error !== null && error !== this.toldTrouble) observer.trouble(this.scope.kind, this.placed(error));
      this.toldTrouble = error ?? this.toldTrouble;
      await this.wait(next);
    }
  }

  private async wait({ state, waitMs }: NextTry): Promise<void> {
    const { signal } = this.stopping;
    if (state.isAway) await this.parts.comeback.wait(waitMs, signal);
    else await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }

  stop(): void {
    this.stopping.abort();
  }

  status(): Readonly<{ synced: boolean; silentMs: number; error: string | null }> {
    const { synced, error } = this.state;
    return { synced, silentMs: performance.now() - this.lastByteAt, error: error === null ? null : this.placed(error) };
  }

  private placed(error: string): string {
    return this.scope.namespace === undefined ? error : `namespace ${this.scope.namespace}: ${error}`;
  }

  private stumbled(error: unknown): Ending {
    this.parts.observer.bug(this.scope.kind, this.scope.path, error);
    return { type: 'malformed', why: 'an error of our own interrupted the watch' };
  }

  private async attempt(attempt: Attempt): Promise<Ending> {
    if (attempt.mode === 'watch')
      return (await this.wentBack()) ?? (await this.watch({ resourceVersion: attempt.resourceVersion }));
    this.parts.observer.relist(this.scope.kind, this.state.relistBecause);
    this.handler.listing();
    return attempt.mode === 'paged-list'
      ? this.listPages()
      : this.watch({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' });
  }

  /**
   * A server that was away may be back with an older store. A watch from a version that it has yet to reach stays silent
   * until it does, so we ask for its version first. Null: it has come as far as we had, or was not away.
   */
  private async wentBack(): Promise<Ending | null> {
    if (!this.state.isAway) return null;
    const answer = await this.parts.client.request({
      verb: 'GET',
      path: this.scope.path,
      query: { ...this.selectors(), limit: 1 },
      deadlineMs: this.timing.openMs,
      accept: ACCEPT_LIST,
    });
    if (!answer.ok) return { type: 'failed', failure: answer.failure };
    const version = readList(answer.value)?.resourceVersion;
    if (version === undefined || !hasGoneBack(this.state, version)) return null;
    this.move(onOpened(this.state));
    return { type: 'expired' };
  }

  private async listPages(): Promise<Ending> {
    let token: string | null = null;
    for (;;) {
      const query: Query = { ...this.selectors(), limit: PAGE_SIZE, ...(token === null ? {} : { continue: token }) };
      const answer = await this.parts.client.request({
        verb: 'GET',
        path: this.scope.path,
        query,
        deadlineMs: PAGE_DEADLINE_MS,
        ...(this.scope.metadataOnly ? { accept: ACCEPT_LIST } : {}),
      });
      if (!answer.ok) return { type: 'failed', failure: answer.failure };
      const page = readList(answer.value);
      if (page === null) return { type: 'malformed', why: 'a page is not a list of objects' };
      this.lastByteAt = performance.now();
      for (const object of page.items) this.hand('upsert', object);
      if (page.next === null) {
        this.handler.synced();
        return { type: 'listed', resourceVersion: page.resourceVersion };
      }
      token = page.next;
    }
  }

  private async watch(from: Query): Promise<Ending> {
    const silence = new AbortController();
    const watchdog = setTimeout(() => silence.abort(), this.timing.silenceMs);
    const openedAt = performance.now();
    try {
      const opened = await this.parts.client.stream(
        {
          verb: 'GET',
          path: this.scope.path,
          query: this.watchQuery(from),
          deadlineMs: this.timing.openMs,
          ...(this.scope.metadataOnly ? { accept: ACCEPT_WATCH } : {}),
        },
        AbortSignal.any([silence.signal, this.stopping.signal]),
      );
      if (!opened.ok) return { type: 'failed', failure: opened.failure };
      this.lastByteAt = performance.now();
      this.move(onOpened(this.state));
      return await this.read(opened.value, watchdog, openedAt);
    } catch (error) {
      if (silence.signal.aborted) return { type: 'silent', afterMs: this.timing.silenceMs };
      if (error instanceof RangeError) return { type: 'malformed', why: error.message };
      return {
        type: 'cut',
        livedMs: performance.now() - openedAt,
        message: error instanceof Error ? error.message : 'unknown error',
      };
    } finally {
      clearTimeout(watchdog);
    }
  }

  private watchQuery(from: Query): Query {
    const { min, max } = LIFETIME_SECONDS;
    const timeoutSeconds = min + Math.floor(this.parts.random() * (max - min));
    return { watch: true, allowWatchBookmarks: true, timeoutSeconds, ...from, ...this.selectors() };
  }

  private selectors(): Query {
    return { labelSelector: this.scope.labelSelector, fieldSelector: this.scope.fieldSelector };
  }

  private async read(body: ByteStream, watchdog: NodeJS.Timeout, openedAt: number): Promise<Ending> {
    const lines = new LineSplitter();
    const ended: { by: Ending | null } = { by: null };
    await body.read((chunk) => {
      watchdog.refresh();
      this.lastByteAt = performance.now();
      for (const line of lines.push(chunk)) {
        ended.by = this.take(line);
        if (ended.by) return false;
      }
      return true;
    });
    if (ended.by) return ended.by;
    const livedMs = performance.now() - openedAt;
    // What we have of a half line was not acted on; the resume brings it again.
    return lines.pending() > 0
      ? { type: 'cut', livedMs, message: 'in the middle of a line' }
      : { type: 'closed', livedMs };
  }

  private take(text: string): Ending | null {
    const line = readWatchLine(text);
    const ending = endingOf(this.state, line);
    if (ending) return ending;
    const wasSynced = this.state.synced;
    if (line.type === 'upsert' || line.type === 'gone') {
      this.parts.observer.event(this.scope.kind);
      this.hand(line.type, line.object);
    }
    this.move(onLine(this.state, line));
    if (!wasSynced && this.state.synced) this.handler.synced();
    return null;
  }

  /** One object that we stumble over must not stop the others; it is told, and seen again at its next change. */
  private hand(what: 'upsert' | 'gone', object: Parameters<WatchHandler['upsert']>[0]): void {
    try {
      this.handler[what](object);
    } catch (error) {
      this.parts.observer.bug(this.scope.kind, `${object.metadata.namespace ?? ''}/${object.metadata.name}`, error);
    }
  }

  private move(state: WatchState): void {
    const isUp = (s: WatchState): boolean => s.synced && s.error === null;
    if (isUp(state) !== isUp(this.state)) this.parts.observer.up(this.scope.kind, isUp(state));
    if (isUp(state)) this.toldTrouble = null;
    const isBack = this.state.isAway && !state.isAway;
    this.state = state;
    if (isBack) this.parts.comeback.announce();
  }
}
