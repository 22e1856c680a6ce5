import { collectionPath } from '../kube/core/paths';
import type { KubeWatches, WatchedKind, WatchHandler } from '../kube/kube.port';
import { Comeback } from './comeback';
import { joinScopes } from './core/joined-scopes';
import { selectorsFor, type WatchFilter } from './core/selectors';
import { NamespaceSelection } from './namespace-selection';
import { WatchStream, type WatchParts } from './watch-stream';

type Watched = Readonly<{ kind: WatchedKind; streams: readonly WatchStream[]; done: Promise<unknown> }>;

/**
 * The agent's watches: one stream per kind of all namespaces, or one per kind and listed namespace. Where a label
 * selector chooses the namespaces, the streams are of all of them and begin when the chosen ones are known.
 */
export class StreamingKubeWatches implements KubeWatches {
  private watched: readonly Watched[] = [];
  private readonly selection: NamespaceSelection | null;
  private readonly comeback = new Comeback();

  constructor(
    private readonly filter: WatchFilter,
    private readonly parts: WatchParts,
  ) {
    const isSelective = filter.namespaceSelector !== '' && filter.namespaces === null;
    this.selection = isSelective ? new NamespaceSelection(filter, parts) : null;
    if (this.selection) this.watch('Namespace', [null], this.selection);
  }

  start(kind: WatchedKind, handler: WatchHandler): void {
    const scopes = this.filter.ignoredKinds.includes(kind) ? [] : (this.filter.namespaces ?? [null]);
    if (scopes.length === 0) {
      handler.listing();
      handler.synced();
    }
    this.watch(kind, scopes, this.selection?.gate(kind, handler) ?? handler, this.selection?.whenKnown);
  }

  end(kind: WatchedKind): void {
    for (const { streams } of this.watched.filter((one) => one.kind === kind))
      for (const stream of streams) stream.stop();
    this.watched = this.watched.filter((one) => one.kind !== kind);
    this.selection?.forget(kind);
  }

  status(): ReturnType<KubeWatches['status']> {
    return this.watched.map(({ kind, streams }) => {
      const all = streams.map((stream) => stream.status());
      const incomplete = kind === 'Namespace' ? (this.selection?.error() ?? null) : null;
      return {
        kind,
        synced: all.every((one) => one.synced),
        silentMs: Math.max(0, ...all.map((one) => one.silentMs)),
        error: all.find((one) => one.error !== null)?.error ?? incomplete,
      };
    });
  }

  async stop(): Promise<void> {
    this.selection?.stop();
    for (const { streams } of this.watched) for (const stream of streams) stream.stop();
    await Promise.all(this.watched.map(({ done }) => done));
  }

  /** `after`: when the streams may begin. */
  private watch(
    kind: WatchedKind,
    scopes: readonly (string | null)[],
    handler: WatchHandler,
    after?: Promise<void>,
  ): void {
    const handlers = scopes.length === 1 ? [handler] : joinScopes(handler, scopes.length);
    const streams = scopes.flatMap((namespace, at) => {
      const scoped = handlers[at];
      const metadataOnly = kind === 'Secret' && this.filter.secretsMetadataOnly;
      const scope = {
        kind,
        path: collectionPath(kind, namespace),
        ...(namespace !== null && scopes.length > 1 ? { namespace } : {}),
        metadataOnly,
        ...selectorsFor(kind, this.filter),
      };
      return scoped ? [new WatchStream(scope, scoped, { ...this.parts, comeback: this.comeback })] : [];
    });
    const done = Promise.all(streams.map((stream) => stream.run(after)));
    this.watched = [...this.watched, { kind, streams, done }];
  }
}
