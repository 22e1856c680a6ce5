import type { ProcessFleet } from './process-fleet';

const API = '/api/v1';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
}
interface OpenApi {
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
}

/**
 * What the hub answers to each GET of its API, by path: the routes are those of its own document, so that a new one is
 * asked too. A path with a parameter is asked once for each item of its list.
 * @param queries for the routes that can not be asked without one, by path; fails when a route is missing there.
 */
export async function everyAnswer(
  fleet: ProcessFleet,
  queries: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const { paths } = await fleet.call<OpenApi>('GET', '/openapi.json');
  const routes = Object.entries(paths).flatMap(([path, { get }]) =>
    get ? [{ path: path.slice(API.length), get }] : [],
  );
  const asked = await Promise.all(routes.map(async ({ path, get }) => filled(fleet, withQuery(path, get, queries))));
  const answers = new Map<string, string>();
  for (const path of asked.flat()) answers.set(path, JSON.stringify(await fleet.call('GET', path)));
  return answers;
}

function withQuery(path: string, { parameters = [] }: Operation, queries: Readonly<Record<string, string>>): string {
  if (!parameters.some((parameter) => parameter.in === 'query' && parameter.required === true)) return path;
  const query = queries[path];
  if (query === undefined) throw new Error(`GET ${path} takes a query that nobody has written yet`);
  return `${path}?${query}`;
}

async function filled(fleet: ProcessFleet, path: string): Promise<string[]> {
  const [list = '', rest] = path.split(/\/\{[^}]+\}/);
  if (rest === undefined) return [path];
  const items = await fleet.items<{ id?: string; name?: string }>(list);
  return items.map(({ id, name }) => `${list}/${encodeURIComponent(id ?? name ?? '')}${rest}`);
}
