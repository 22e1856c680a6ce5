import type { KubeObject, WatchHandler } from '../../kube/kube.port';

type Scope = {
  seen: Map<string, KubeObject['metadata']>;
  before: Map<string, KubeObject['metadata']>;
  synced: boolean;
  /** It lists again, alone. */
  relisting: boolean;
};

/** Only what names the object: nothing else of it is kept. */
export const identityOf = ({
  name,
  namespace,
  uid,
  resourceVersion,
}: KubeObject['metadata']): KubeObject['metadata'] => ({
  name,
  uid,
  resourceVersion,
  ...(namespace === undefined ? {} : { namespace }),
});

/**
 * Joins the watches of several namespaces into the one stream that a handler expects: `synced` when all of them are.
 * Later, a namespace may have to list again alone; what it does not see any more is then told as `gone`, with its identity only.
 */
export function joinScopes(handler: WatchHandler, count: number): readonly WatchHandler[] {
  let waiting = count;
  let listing = false;
  return Array.from({ length: count }, () => {
    const scope: Scope = { seen: new Map(), before: new Map(), synced: false, relisting: false };
    return {
      listing() {
        if (!listing) handler.listing();
        listing = true;
        scope.before = new Map([...scope.before, ...scope.seen]);
        scope.seen = new Map();
        scope.relisting = scope.synced;
      },
      upsert(object) {
        scope.seen.set(object.metadata.name, identityOf(object.metadata));
        handler.upsert(object, scope.relisting ? 'relisted' : undefined);
      },
      gone(object) {
        scope.seen.delete(object.metadata.name);
        scope.before.delete(object.metadata.name);
        handler.gone(object);
      },
      synced() {
        for (const [name, metadata] of scope.before) if (!scope.seen.has(name)) handler.gone({ metadata });
        scope.before = new Map();
        if (!scope.synced && --waiting === 0) handler.synced();
        scope.synced = true;
        scope.relisting = false;
      },
    } satisfies WatchHandler;
  });
}
