import type { RawKube } from './raw-kube';

/** Calls by what they did, e.g. `PATCH deployments`; calls on a subresource say so: `PATCH deployments/status`. */
export type ApiCalls = ReadonlyMap<string, number>;

/** What restarting is about. The API server keeps leases and the like for itself; these are nobody's calls. */
const RESOURCES = [
  ...['configmaps', 'secrets', 'pods', 'events', 'namespaces', 'serviceaccounts'],
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets', 'jobs', 'cronjobs', 'controllerrevisions'],
];

/** All calls that the API server has answered so far. A watch counts when it ends, and is left out. */
export async function apiCalls(kube: RawKube): Promise<ApiCalls> {
  const { status, body } = await kube.call('GET', '/metrics');
  if (status !== 200) throw new Error(`the API server's metrics: ${status}`);
  return parseApiCalls(body);
}

export function parseApiCalls(metrics: string): ApiCalls {
  const calls = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    const label = (name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';
    const [verb, resource, subresource] = [label('verb'), label('resource'), label('subresource')];
    if (verb === 'WATCH' || !RESOURCES.includes(resource)) continue;
    const key = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    calls.set(key, (calls.get(key) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)));
  }
  return calls;
}

/** What was called between two looks, less what is known to be others' doing; nothing is left out but zeroes. */
export function callsBetween(before: ApiCalls, after: ApiCalls, others: ApiCalls): ApiCalls {
  const keys = new Set([...before.keys(), ...after.keys(), ...others.keys()]);
  const count = (key: string): number => (after.get(key) ?? 0) - (before.get(key) ?? 0) - (others.get(key) ?? 0);
  return new Map([...keys].map((key) => [key, count(key)] as const).filter(([, calls]) => calls !== 0));
}

export const sumOf = (calls: ApiCalls): number => [...calls.values()].reduce((sum, each) => sum + each, 0);

/** `1.00 PATCH deployments, 0.10 POST events`, per change, the most frequent first. */
export const describeCalls = (calls: ApiCalls, changes: number): string =>
  [...calls]
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${(count / changes).toFixed(2)} ${what}`)
    .join(', ');
