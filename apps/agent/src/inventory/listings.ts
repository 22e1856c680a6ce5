import { objectKey } from '@app/contracts/objects';
import type { Arrival } from './core/arrival';
import type { Belated, KubeObject, WatchedKind, WatchHandler } from '../kube/kube.port';

/** Takes in what is watched. Keys are `objectKey`s. */
export type Taker = Readonly<{
  /** What is known of a kind. */
  keysOf(kind: WatchedKind): readonly string[];
  take(kind: WatchedKind, object: KubeObject, arrival: Arrival): void;
  /** `version`: of the deletion; empty where that was not seen. */
  gone(kind: WatchedKind, key: string, version: string): void;
  /** All there is of a kind has been taken in, and what there is no more is gone. */
  synced(kind: WatchedKind): void;
}>;

/** `missing`: known before the list, and not in it so far. */
type Listing = { synced: boolean; live: boolean; missing: Set<string> };

export const keyOf = (kind: WatchedKind, { metadata }: KubeObject): string =>
  objectKey({ kind, namespace: metadata.namespace ?? '', name: metadata.name });

/** How far the lists of all kinds have come. What a new list of a kind does not show any more is told as gone. */
export class Listings {
  readonly #listings = new Map<WatchedKind, Listing>();

  constructor(private readonly taker: Taker) {}

  /** Every kind that is watched has been listed once. */
  get complete(): boolean {
    return [...this.#listings.values()].every(({ synced }) => synced);
  }

  /** One kind more, of which nothing is complete yet. */
  begin(kind: WatchedKind): WatchHandler {
    const listing: Listing = { synced: false, live: false, missing: new Set() };
    this.#listings.set(kind, listing);
    return {
      listing: () => {
        listing.live = false;
        listing.missing = new Set(this.taker.keysOf(kind));
      },
      upsert: (object, belated) => {
        if (!listing.live) listing.missing.delete(keyOf(kind, object));
        this.taker.take(kind, object, arrivalOf(listing, belated));
      },
      gone: (object) => {
        listing.missing.delete(keyOf(kind, object));
        this.taker.gone(kind, keyOf(kind, object), object.metadata.resourceVersion);
      },
      synced: () => {
        for (const key of listing.missing) this.taker.gone(kind, key, '');
        Object.assign(listing, { synced: true, live: true, missing: new Set() });
        this.taker.synced(kind);
      },
    };
  }

  /** This kind is watched no more. */
  end(kind: WatchedKind): void {
    this.#listings.delete(kind);
  }
}

function arrivalOf({ synced, live }: Listing, belated: Belated | undefined): Arrival {
  if (live) return belated ?? 'live';
  return synced ? 'relisted' : 'listed';
}
