import { type Cause, badRequest, invalid, versionTooLarge } from './errors';
import { shown } from './event-views';
import { type JsonObject, type KubeObject, toJson } from './objects';
import { type ApiRequest, numberParameter, versionParameter } from './request';
import { apiVersionOf } from './resources';
import { parseFieldSelector, parseLabelSelector, type Selects } from './selectors';
import type { Store } from './store';

/** Both selectors of a request as one. Throws 400 when one can not be understood. */
export function selectionOf({ query, resource }: ApiRequest): Selects {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '', resource);
  return (object) => byLabel(object) && byField(object);
}

/** Throws 422 when `resourceVersionMatch` or `sendInitialEvents` stand where the API forbids them. */
export function checkListOptions({ query, verb }: ApiRequest): void {
  const match = query.get('resourceVersionMatch');
  const initial = query.get('sendInitialEvents');
  const causes: Cause[] = [];
  const forbid = (field: string, why: string) =>
    causes.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field });
  if (verb === 'watch') {
    if (match && !initial) {
      forbid(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    } else if (initial && match !== 'NotOlderThan') {
      forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    }
  } else {
    if (match && !query.get('resourceVersion')) {
      forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    }
    if (initial) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
  if (causes.length > 0) throw invalid('ListOptions.meta.k8s.io', '', causes);
}

interface Continue {
  readonly rv: number;
  readonly start: string;
}

const encodeContinue = (token: Continue): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...token })).toString('base64url');

function decodeContinue(text: string): Continue {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Continue;
  } catch {
    throw badRequest('invalid continue token: continue key is not valid');
  }
}

const positionOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** The version whose state is listed. Pages of one list all show the state of the first page. */
function versionOf({ query }: ApiRequest, store: Store, token: Continue | undefined): number {
  if (token) return token.rv;
  const asked = versionParameter(query) ?? 0;
  if (query.get('resourceVersionMatch') === 'Exact') return asked;
  if (asked > store.version) throw versionTooLarge(asked, store.version);
  return store.version;
}

/** The answer to a list request as JSON text. Throws 400, 410, 422 or 504 as the API does. */
export function listJson(store: Store, request: ApiRequest): string {
  checkListOptions(request);
  const { resource, namespace, query } = request;
  const token = query.get('continue') ? decodeContinue(query.get('continue') ?? '') : undefined;
  const limit = numberParameter(query, 'limit') ?? 0;
  const version = versionOf(request, store, token);
  const selects = selectionOf(request);
  const all = version === store.version ? store.list(resource, namespace) : store.listAt(resource, version, namespace);
  const rest = all
    .map((object) => shown(resource, object))
    .filter((object) => selects(object) && (!token || positionOf(object) > token.start));
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const metadata = { resourceVersion: String(version), ...more(request, version, { page, rest }) };
  const head = JSON.stringify({ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata });
  return `${head.slice(0, -1)},"items":[${page.map(itemJson).join(',')}]}`;
}

/** How to get the pages after this one; their number of items is told only when nothing is selected. */
function more(
  { query }: ApiRequest,
  version: number,
  { page, rest }: { readonly page: readonly KubeObject[]; readonly rest: readonly KubeObject[] },
): JsonObject {
  const left = rest.length - page.length;
  const last = page.at(-1);
  if (left === 0 || !last) return {};
  const selective = query.get('labelSelector') || query.get('fieldSelector');
  const token = encodeContinue({ rv: version, start: positionOf(last) });
  return { continue: token, ...(selective ? {} : { remainingItemCount: left }) };
}

/** Items of a list carry neither `kind` nor `apiVersion`. Both stand first in a stored object. */
const itemJson = (object: KubeObject): string => {
  const { kind: _kind, apiVersion: _apiVersion, ...item } = object;
  const known = items.get(object) ?? item;
  items.set(object, known);
  return toJson(known);
};

const items = new WeakMap<KubeObject, object>();
