import type { Cancel, SimulatorClock } from './clock';
import { ApiError, expired, versionTooLarge } from './errors';
import { shown } from './event-views';
import { checkListOptions, selectionOf } from './list';
import { type KubeObject, toJson } from './objects';
import { type ApiRequest, isTrue, numberParameter, versionParameter } from './request';
import { apiVersionOf } from './resources';
import type { Selects } from './selectors';
import type { ChangeType, Store, StoreEvent } from './store';

/** Where the lines of a watch go. */
export interface WatchSink {
  write(text: string): void;
  /** The regular end of the stream. */
  end(): void;
}

export interface WatchTiming {
  /** Between bookmarks, for watches that asked for them. */
  readonly bookmarkMs: number;
  /** Life of a watch that named no `timeoutSeconds`. */
  readonly timeoutMs: number;
}

/** Kubernetes promises a bookmark this long before the end of a watch with a time-out. */
const LAST_BOOKMARK_MS = 2_000;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** What a watch begins with: every object as it is, or the writes after a version. */
interface Start {
  readonly snapshot: boolean;
  readonly since: number;
  readonly marksEnd: boolean;
}

function startOf({ query }: ApiRequest, store: Store): Start {
  const asked = versionParameter(query) ?? 0;
  const initial = query.get('sendInitialEvents');
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const snapshot = initial === null ? asked === 0 : isTrue(initial);
  const since = snapshot || asked === 0 ? store.version : asked;
  return { snapshot, since, marksEnd: snapshot && bookmarks };
}

/** One watch: a stream of JSON lines that follows the store until its time is up or somebody ends it. */
export class WatchStream {
  private readonly selects: Selects;
  private cancels: Cancel[] = [];
  private queue: string[] | undefined;
  private ended = false;
  private sink: WatchSink | undefined;

  /** Throws 400 or 422 when the request can not be a watch; nothing has been written then. */
  constructor(
    private readonly store: Store,
    readonly request: ApiRequest,
    private readonly clock: SimulatorClock,
    private readonly timing: WatchTiming,
  ) {
    checkListOptions(request);
    this.selects = selectionOf(request);
    versionParameter(request.query);
  }

  /** The 410 that this watch will meet, or undefined when its version is still kept. */
  gone(): ApiError | undefined {
    const { snapshot, since } = startOf(this.request, this.store);
    const { oldest } = this.store;
    return !snapshot && since < oldest ? expired(`too old resource version: ${since} (${oldest})`) : undefined;
  }

  /** Writes what the request begins with and goes on from there. */
  start(sink: WatchSink): void {
    this.sink = sink;
    const gone = this.gone();
    const asked = versionParameter(this.request.query) ?? 0;
    const start = startOf(this.request, this.store);
    if (gone) return this.fail(gone);
    if (start.snapshot && asked > this.store.version) return this.fail(versionTooLarge(asked, this.store.version));
    if (start.snapshot) this.sendSnapshot(start.marksEnd);
    else for (const event of this.store.eventsSince(this.request.resource, start.since)) this.send(event);
    this.cancels.push(this.store.subscribe((event) => this.sendLater(event, start.since), this.request.resource));
    this.schedule();
  }

  /** Calls `run` when the watch is over, for whatever reason. */
  onClose(run: () => void): void {
    this.cancels.push(run);
  }

  /** Stops delivering without closing: the silence that a watchdog has to notice. */
  freeze(): void {
    this.queue ??= [];
  }

  /** Delivers what was held back, and goes on. */
  thaw(): void {
    const held = this.queue ?? [];
    this.queue = undefined;
    for (const line of held) this.write(line);
  }

  /** Ends the stream regularly, as at its time-out. */
  end(): void {
    if (this.ended) return;
    this.close();
    this.sink?.end();
  }

  /** Stops following the store; the connection is left to its owner. */
  close(): void {
    this.ended = true;
    for (const cancel of this.cancels.splice(0)) cancel();
  }

  /** Sends a bookmark now, if this watch asked for bookmarks. */
  bookmark(annotations?: Readonly<Record<string, string>>): void {
    if (!isTrue(this.request.query.get('allowWatchBookmarks'))) return;
    const { resource } = this.request;
    const metadata = { resourceVersion: String(this.store.version), ...(annotations ? { annotations } : {}) };
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    this.write(`{"type":"BOOKMARK","object":${JSON.stringify(object)}}\n`);
  }

  private sendSnapshot(marksEnd: boolean): void {
    const { resource, namespace } = this.request;
    for (const stored of this.store.list(resource, namespace)) {
      const object = shown(resource, stored);
      if (this.selects(object)) this.line('ADDED', object);
    }
    if (marksEnd) this.bookmark(INITIAL_EVENTS_END);
  }

  private sendLater(event: StoreEvent, since: number): void {
    if (event.version > since) this.send(event);
  }

  /** An object that leaves the selection is deleted for this watch, one that enters it is added. */
  private send(event: StoreEvent): void {
    const { resource, namespace } = this.request;
    if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
    const object = shown(resource, event.object);
    const previous = event.previous ? shown(resource, event.previous) : undefined;
    const was = previous !== undefined && this.selects(previous);
    const is = event.type !== 'DELETED' && this.selects(object);
    if (is) this.line(was ? 'MODIFIED' : 'ADDED', object);
    else if (was) this.line('DELETED', event.type === 'DELETED' ? object : withVersionOf(object, previous));
  }

  private line(type: ChangeType, object: KubeObject): void {
    this.write(`{"type":"${type}","object":${toJson(object)}}\n`);
  }

  private fail(error: ApiError): void {
    this.write(`{"type":"ERROR","object":${JSON.stringify(error.status)}}\n`);
    this.end();
  }

  private write(text: string): void {
    if (this.queue) this.queue.push(text);
    else this.sink?.write(text);
  }

  private schedule(): void {
    const seconds = numberParameter(this.request.query, 'timeoutSeconds');
    const life = seconds ? seconds * 1_000 : this.timing.timeoutMs;
    this.cancels.push(this.clock.after(life, () => this.end()));
    if (!isTrue(this.request.query.get('allowWatchBookmarks'))) return;
    this.cancels.push(this.clock.after(Math.max(0, life - LAST_BOOKMARK_MS), () => this.bookmark()));
    this.repeatBookmark();
  }

  private repeatBookmark(): void {
    const cancel = this.clock.after(this.timing.bookmarkMs, () => {
      this.cancels = this.cancels.filter((other) => other !== cancel);
      this.bookmark();
      this.repeatBookmark();
    });
    this.cancels.push(cancel);
  }
}

/** A deletion by selection shows the last selected state, under the version of the write that ended it. */
const withVersionOf = (current: KubeObject, last: KubeObject): KubeObject => ({
  ...last,
  metadata: { ...last.metadata, resourceVersion: current.metadata.resourceVersion ?? '' },
});
