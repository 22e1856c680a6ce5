import type { IncomingHttpHeaders } from 'node:http';
import { badRequest, internal, methodNotAllowed, unknownResource } from './errors';
import { findResource, type Resource } from './resources';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** One call of the API, understood. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  /** Who writes: `?fieldManager=`, or the first word of the user agent. */
  readonly manager: string;
  readonly userAgent: string;
}

interface Path {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** The object or collection that a path names; undefined when it is no path of objects. Throws 404 for unknown resources. */
export function parsePath(pathname: string): Path | undefined {
  const parts = pathname.split('/').slice(1).map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root === 'api' && rest.length > 1) return objectPath('', rest[0] ?? '', rest.slice(1));
  if (root === 'apis' && rest.length > 2) return objectPath(rest[0] ?? '', rest[1] ?? '', rest.slice(2));
  return undefined;
}

const NAMESPACE_PARTS = ['status', 'finalize'];

/** Takes `namespaces/NAME/` off the front, unless the path is about the namespace itself. */
function splitNamespace(parts: readonly string[]): { readonly namespace?: string; readonly rest: readonly string[] } {
  const [first, namespace, third] = parts;
  const inside = first === 'namespaces' && third !== undefined && !NAMESPACE_PARTS.includes(third);
  return inside && namespace !== undefined ? { namespace, rest: parts.slice(2) } : { rest: parts };
}

function objectPath(group: string, version: string, parts: readonly string[]): Path {
  const { namespace, rest } = splitNamespace(parts);
  const [plural = '', name, subresource, surplus] = rest;
  const resource = findResource(group, version, plural);
  if (!resource || surplus !== undefined) throw unknownResource();
  if (subresource !== undefined && !(subresource === 'status' && resource.status)) throw unknownResource();
  if (isMisplaced(resource, namespace, name)) throw unknownResource();
  return present({ resource, namespace, name, subresource });
}

/** An object of a namespace outside of one, or anything else inside one. Collections may span all namespaces. */
const isMisplaced = ({ namespaced }: Resource, namespace: string | undefined, name: string | undefined): boolean =>
  namespaced ? namespace === undefined && name !== undefined : namespace !== undefined;

/** Without the fields that are undefined. */
function present(path: { readonly resource: Resource } & Record<string, Resource | string | undefined>): Path {
  const given = Object.entries(path).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as Path;
}

/** What is asked of the object at `path`. Throws 405 for what its kind of path does not allow. */
export function parseRequest(
  path: Path,
  request: { readonly method: string; readonly query: URLSearchParams; readonly headers: IncomingHttpHeaders },
): ApiRequest {
  const { query, headers } = request;
  const userAgent = headers['user-agent'] ?? 'unknown';
  return {
    ...path,
    verb: verbOf(request.method, path, query),
    query,
    contentType: (headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '',
    manager: query.get('fieldManager') ?? userAgent.split('/')[0] ?? userAgent,
    userAgent,
  };
}

const ITEM_VERBS: Readonly<Record<string, Verb>> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const COLLECTION_VERBS: Readonly<Record<string, Verb>> = { GET: 'list', POST: 'create', DELETE: 'deletecollection' };

function verbOf(method: string, path: Path, query: URLSearchParams): Verb {
  const verb = (path.name === undefined ? COLLECTION_VERBS : ITEM_VERBS)[method];
  const homeless = path.name === undefined && path.resource.namespaced && path.namespace === undefined;
  if (!verb || (verb === 'create' && homeless)) throw methodNotAllowed();
  return verb === 'list' && isTrue(query.get('watch')) ? 'watch' : verb;
}

/** `1` and `true` switch a query parameter on. */
export const isTrue = (value: string | null): boolean => value === '1' || value === 'true';

/** A non-negative whole number from the query, or undefined when absent. Throws 400 when it is something else. */
export function numberParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text);
}

/** `?resourceVersion=`, or undefined when absent. Throws 500, as real servers do, when it is no number. */
export function versionParameter(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion');
  if (text === null || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw internal(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
}
