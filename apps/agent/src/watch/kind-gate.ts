import type { Belated, KubeObject, WatchHandler } from '../kube/kube.port';
import { isLater } from '../inventory/core/resource-version';
import { identityOf } from './core/joined-scopes';

type Names = Map<string, KubeObject['metadata']>;

/** An open namespace. `gone`: what was deleted since it opened, by name, while its objects are still being listed. */
type Open = { readonly names: Names; gone: Map<string, string> | null };

/**
 * Lets through one kind's objects of open namespaces only. A namespace that opens while the watch goes on is listed by
 * itself: what the watch tells meanwhile is newer than that list. One that closes is told as gone, object by object.
 */
export class KindGate implements WatchHandler {
  readonly #open = new Map<string, Open>();
  #listings = 0;
  #isListing = true;
  #whenSynced: (() => void)[] = [];

  constructor(private readonly handler: WatchHandler) {}

  listing(): void {
    this.#listings += 1;
    this.#isListing = true;
    for (const open of this.#open.values()) open.names.clear();
    this.handler.listing();
  }

  upsert(object: KubeObject): void {
    const open = this.#open.get(object.metadata.namespace ?? '');
    if (!open) return;
    this.#let(open, object);
  }

  gone(object: KubeObject): void {
    const { name, namespace = '', resourceVersion } = object.metadata;
    const open = this.#open.get(namespace);
    if (!open) return;
    open.names.delete(name);
    open.gone?.set(name, resourceVersion);
    this.handler.gone(object);
  }

  synced(): void {
    this.#isListing = false;
    this.handler.synced();
    for (const resume of this.#whenSynced.splice(0)) resume();
  }

  /** Before the watch has begun: its own list brings the namespace's objects. */
  open(namespace: string): void {
    this.#open.set(namespace, { names: new Map(), gone: null });
  }

  /**
   * Opens a namespace while the watch goes on; `list` fetches its objects.
   * @throws what `list` throws; the namespace is open then, and lacks what did not change since.
   */
  async admit(namespace: string, list: () => Promise<readonly KubeObject[]>): Promise<void> {
    if (this.#isListing) await new Promise<void>((resolve) => this.#whenSynced.push(resolve));
    const gone = new Map<string, string>();
    const open: Open = this.#open.get(namespace) ?? { names: new Map(), gone };
    open.gone = gone;
    this.#open.set(namespace, open);
    const listings = this.#listings;
    try {
      const objects = await list();
      // A watch that listed anew meanwhile has brought everything; one that closed wants nothing.
      if (listings !== this.#listings || this.#open.get(namespace) !== open) return;
      for (const object of objects) if (!wasDeleted(object, gone)) this.#let(open, object, 'admitted');
    } finally {
      open.gone = null;
    }
  }

  close(namespace: string): void {
    const open = this.#open.get(namespace);
    this.#open.delete(namespace);
    // Not when it was deleted, for it was not.
    for (const metadata of open?.names.values() ?? [])
      this.handler.gone({ metadata: { ...metadata, resourceVersion: '' } });
  }

  #let({ names }: Open, object: KubeObject, belated?: Belated): void {
    names.set(object.metadata.name, identityOf(object.metadata));
    this.handler.upsert(object, belated);
  }
}

function wasDeleted({ metadata }: KubeObject, gone: ReadonlyMap<string, string>): boolean {
  const at = gone.get(metadata.name);
  return at !== undefined && isLater(at, metadata.resourceVersion);
}
