import type { KubeClient } from './client';
import { isRecord } from './core/json';
import { apiRootOf, pluralOf } from './core/paths';
import type { WatchedKind } from './kube.port';
import { KubeRequestError } from './request-error';

/** Those of the kinds that the cluster serves. Throws when the API server cannot be asked. */
export async function servedKinds<K extends WatchedKind>(
  client: Pick<KubeClient, 'request'>,
  kinds: readonly K[],
): Promise<readonly K[]> {
  const found = await Promise.all(kinds.map((kind) => isServed(client, kind)));
  return kinds.filter((_kind, at) => found[at]);
}

async function isServed(client: Pick<KubeClient, 'request'>, kind: WatchedKind): Promise<boolean> {
  const path = apiRootOf(kind);
  const answer = await client.request({ verb: 'GET', path });
  if (!answer.ok) {
    if (answer.failure.kind === 'refused' && answer.failure.code === 404) return false;
    throw new KubeRequestError(`GET ${path}`, answer.failure);
  }
  const resources = isRecord(answer.value) ? answer.value['resources'] : undefined;
  return Array.isArray(resources) && resources.some((one) => isRecord(one) && one['name'] === pluralOf(kind));
}
