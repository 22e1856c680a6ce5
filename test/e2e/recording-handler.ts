import type { KubeObject, WatchHandler } from '../../apps/agent/src/kube/kube.port';

/** Keeps what a watch tells, as the inventory would: names with one data value each. */
export class RecordingHandler implements WatchHandler {
  readonly present = new Map<string, string>();
  listings = 0;
  syncs = 0;
  private seen = new Set<string>();

  listing(): void {
    this.listings += 1;
    this.seen = new Set();
  }

  upsert(object: KubeObject): void {
    const data = object['data'] as Readonly<Record<string, string>> | undefined;
    this.present.set(keyOf(object), data?.['value'] ?? '');
    this.seen.add(keyOf(object));
  }

  gone(object: KubeObject): void {
    this.present.delete(keyOf(object));
  }

  synced(): void {
    this.syncs += 1;
    for (const key of this.present.keys()) if (!this.seen.has(key)) this.present.delete(key);
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
