import { collectionPath } from '../kube/core/paths';
import type { KubeWatches, WatchedKind, WatchHandler } from '../kube/kube.port';
import { joinScopes } from './core/joined-scopes';
import { selectorsFor, type WatchFilter } from './core/selectors';
import { WatchStream, type WatchParts } from './watch-stream';

type Watched = Readonly<{ kind: WatchedKind; streams: readonly WatchStream[]; done: Promise<unknown> }>;

/** The agent's watches: of all namespaces in one stream per kind, or one stream per kind and listed namespace. */
export class StreamingKubeWatches implements KubeWatches {
  private readonly watched: Watched[] = [];

  constructor(
    private readonly filter: WatchFilter,
    private readonly parts: WatchParts,
  ) {}

  start(kind: WatchedKind, handler: WatchHandler): void {
    const scopes = this.filter.ignoredKinds.includes(kind) ? [] : (this.filter.namespaces ?? [null]);
    if (scopes.length === 0) {
      handler.listing();
      handler.synced();
    }
    const handlers = scopes.length === 1 ? [handler] : joinScopes(handler, scopes.length);
    const streams = scopes.flatMap((namespace, at) => {
      const scoped = handlers[at];
      const scope = { kind, path: collectionPath(kind, namespace), ...selectorsFor(kind, this.filter) };
      return scoped ? [new WatchStream(scope, scoped, this.parts)] : [];
    });
    this.watched.push({ kind, streams, done: Promise.all(streams.map((stream) => stream.run())) });
  }

  status(): ReturnType<KubeWatches['status']> {
    return this.watched.map(({ kind, streams }) => {
      const all = streams.map((stream) => stream.status());
      return {
        kind,
        synced: all.every((one) => one.synced),
        silentMs: Math.max(0, ...all.map((one) => one.silentMs)),
        error: all.find((one) => one.error !== null)?.error ?? null,
      };
    });
  }

  async stop(): Promise<void> {
    for (const { streams } of this.watched) for (const stream of streams) stream.stop();
    await Promise.all(this.watched.map(({ done }) => done));
  }
}
