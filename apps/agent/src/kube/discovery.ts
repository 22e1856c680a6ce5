import type { KubeClient } from './client';
import { describeFailure, type KubeFailure } from './core/answers';
import { isRecord } from './core/json';
import { apiRootOf, collectionPath, pluralOf } from './core/paths';
import type { WatchedKind } from './kube.port';
import { KubeRequestError } from './request-error';

type Client = Pick<KubeClient, 'request'>;

/** `why`: it may be there, and cannot be used for now. */
export type Service = Readonly<{ served: true }> | Readonly<{ served: false; why: string | null }>;

export type ServedKinds<K extends WatchedKind> = Readonly<{
  served: readonly K[];
  /** Kinds that cannot be used, each with the reason; the others are simply not there. */
  hindered: Readonly<Partial<Record<K, string>>>;
}>;

/**
 * Which of the kinds the cluster serves, and lets us list. `namespace`: one of those that are watched, null for all.
 * Throws when the API server cannot be asked; what it answers about one kind never stands in the way of another.
 */
export async function servedKinds<K extends WatchedKind>(
  client: Client,
  kinds: readonly K[],
  namespace: string | null,
): Promise<ServedKinds<K>> {
  const found = await Promise.all(kinds.map(async (kind) => [kind, await serviceOf(client, kind, namespace)] as const));
  const hindered = found.flatMap(([kind, one]) => (!one.served && one.why !== null ? [[kind, one.why] as const] : []));
  return {
    served: found.filter(([, one]) => one.served).map(([kind]) => kind),
    hindered: Object.fromEntries(hindered) as Partial<Record<K, string>>,
  };
}

async function serviceOf(client: Client, kind: WatchedKind, namespace: string | null): Promise<Service> {
  const path = apiRootOf(kind);
  const answer = await client.request({ verb: 'GET', path });
  if (!answer.ok) return unserved(path, answer.failure);
  const resources = isRecord(answer.value) ? answer.value['resources'] : undefined;
  const isThere = Array.isArray(resources) && resources.some((one) => isRecord(one) && one['name'] === pluralOf(kind));
  return isThere ? listable(client, kind, namespace) : { served: false, why: null };
}

async function listable(client: Client, kind: WatchedKind, namespace: string | null): Promise<Service> {
  const path = collectionPath(kind, namespace);
  const answer = await client.request({ verb: 'GET', path, query: { limit: 1 } });
  return answer.ok ? { served: true } : unserved(path, answer.failure);
}

function unserved(path: string, failure: KubeFailure): Service {
  if (failure.kind === 'unreachable') throw new KubeRequestError(`GET ${path}`, failure);
  return { served: false, why: failure.code === 404 ? null : describeFailure(failure) };
}
