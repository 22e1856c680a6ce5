import type { KubeObject } from '../kube/kube.port';
import { Comeback } from './comeback';
import { type WatchParts, type WatchScope, WatchStream } from './watch-stream';

const silent = (): void => undefined;

/**
 * What a collection holds, told by a watch of it that ends with its list: whoever may only watch may not list.
 * @throws why it did not work, at the first trouble.
 */
export async function listByWatch(
  scope: WatchScope,
  { client, random, timing }: Omit<WatchParts, 'observer'>,
): Promise<readonly KubeObject[]> {
  const found = new Map<string, KubeObject>();
  let resolve: () => void = silent;
  let reject: (why: Error) => void = silent;
  const complete = new Promise<void>((...settle) => ([resolve, reject] = settle));
  const handler = {
    listing: () => found.clear(),
    upsert: (object: KubeObject) => void found.set(object.metadata.name, object),
    gone: ({ metadata }: KubeObject) => void found.delete(metadata.name),
    synced: () => resolve(),
  };
  const observer = {
    event: silent,
    relist: silent,
    up: silent,
    trouble: (_kind: unknown, message: string): void => reject(new Error(message)),
    bug: (_kind: unknown, _object: string, error: unknown): void => reject(error as Error),
  };
  const parts = { client, observer, random, comeback: new Comeback(), ...(timing ? { timing } : {}) };
  const stream = new WatchStream(scope, handler, parts);
  const running = stream.run();
  try {
    await complete;
    return [...found.values()];
  } finally {
    stream.stop();
    await running;
  }
}
