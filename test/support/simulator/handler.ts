import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiServer, Preconditions, Target } from './api-server';
import type { SimulatorClock } from './clock';
import { discover } from './discovery';
import { ApiError, badRequest, injected, tooLarge, unsupportedMediaType } from './errors';
import { shown, stored } from './event-views';
import type { Fault, Faults } from './faults';
import { listJson, selectionOf } from './list';
import type { Writer } from './managed-fields';
import { isJsonObject, type JsonObject, type KubeObject, toJson } from './objects';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch';
import { type ApiRequest, parsePath, parseRequest } from './request';
import type { RequestLog } from './request-log';
import type { WatchStream } from './watch';

/** What a cluster lends to the handler of its requests. */
export interface Served {
  readonly api: ApiServer;
  readonly clock: SimulatorClock;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** Milliseconds before every answer. */
  readonly latencyMs: number;
  /** Makes the watch and remembers it until it ends. Throws what `WatchStream` throws. */
  openWatch(request: ApiRequest): WatchStream;
}

/** Largest request body of a real API server, in bytes. */
const BODY_LIMIT = 3 * 1024 * 1024;
const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const PATCHES: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': strategicMergePatch,
  'application/json-patch+json': jsonPatch,
};

/** Answers one HTTP request to a cluster. Never rejects: what goes wrong becomes the answer. */
export async function serve(cluster: Served, message: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(message.url ?? '/', 'http://simulator');
    const path = url.pathname === ACCESS_REVIEWS ? undefined : parsePath(url.pathname);
    if (!path) return await serveOther(url.pathname, message, response);
    if (!/^Bearer \S/.test(message.headers.authorization ?? '')) throw unauthorized();
    const { method = 'GET', headers } = message;
    const request = parseRequest(path, { method, headers, query: url.searchParams });
    await serveObjects(cluster, request, { message, response });
  } catch (error) {
    answerError(response, error);
  }
}

const unauthorized = () => new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

async function serveOther(pathname: string, message: IncomingMessage, response: ServerResponse): Promise<void> {
  if (message.method === 'POST' && pathname === ACCESS_REVIEWS) {
    const review = await bodyOf(message);
    return answer(response, 201, JSON.stringify({ ...(review as JsonObject), status: { allowed: true } }));
  }
  const found = message.method === 'GET' ? discover(pathname) : undefined;
  if (isJsonObject(found)) return answer(response, 200, JSON.stringify(found));
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(found ?? '404 page not found\n');
}

async function serveObjects(cluster: Served, request: ApiRequest, { message, response }: Exchange): Promise<void> {
  const log = (status: number) => cluster.requests.add({ ...recordOf(request), at: cluster.clock.now(), status });
  const faults = cluster.faults.take(request);
  if (faults.some((fault) => fault.kind === 'stall')) return log(0);
  try {
    const body = request.verb === 'get' || request.verb === 'list' ? undefined : await bodyOf(message);
    await delay(cluster, faults);
    refuseIfTold(faults);
    if (request.verb === 'watch') {
      serveWatch(cluster, request, response);
      return log(200);
    }
    const { status, text } = perform(cluster.api, request, body);
    if (faults.some((fault) => fault.kind === 'drop-reply')) {
      message.socket.destroy();
      return log(0);
    }
    log(status);
    answer(response, status, text);
  } catch (error) {
    log(error instanceof ApiError ? error.status.code : 500);
    throw error;
  }
}

const recordOf = ({ verb, resource, namespace, name, manager, userAgent }: ApiRequest) => ({
  verb,
  resource: resource.plural,
  ...(namespace === undefined ? {} : { namespace }),
  ...(name === undefined ? {} : { name }),
  manager,
  userAgent,
});

async function delay({ clock, latencyMs }: Served, faults: readonly Fault[]): Promise<void> {
  const ms = faults.reduce((sum, fault) => (fault.kind === 'latency' ? sum + fault.ms : sum), latencyMs);
  if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve));
}

function refuseIfTold(faults: readonly Fault[]): void {
  for (const fault of faults) if (fault.kind === 'error') throw injected(fault.status, fault.retryAfterSeconds);
}

function serveWatch(cluster: Served, request: ApiRequest, response: ServerResponse): void {
  const stream = cluster.openWatch(request);
  const gone = cluster.faults.goneAs === 'http' ? stream.gone() : undefined;
  if (gone) {
    stream.close();
    throw gone;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  response.on('close', () => stream.close());
  stream.start({ write: (text) => void response.write(text), end: () => response.end() });
}

function perform(
  api: ApiServer,
  request: ApiRequest,
  body: unknown,
): { readonly status: number; readonly text: string } {
  const { resource, namespace, verb, query } = request;
  const show = (object: KubeObject) => toJson(shown(resource, object));
  if (query.get('dryRun')) throw badRequest('the simulator knows no dry run');
  switch (verb) {
    case 'list':
    case 'watch':
      return { status: 200, text: listJson(api.store, request) };
    case 'deletecollection':
      return { status: 200, text: deleteCollection(api, request) };
    case 'create':
      return { status: 201, text: show(api.create(resource, namespace, storedBody(request, body), writerOf(request))) };
    case 'get':
      return { status: 200, text: show(api.get(targetOf(request))) };
    case 'update':
      return { status: 200, text: show(api.replace(targetOf(request), storedBody(request, body), writerOf(request))) };
    case 'patch':
      return { status: 200, text: show(patched(api, request, body)) };
    case 'delete':
      return { status: 200, text: deletion(api, request, body) };
  }
}

const targetOf = ({ resource, namespace, name = '' }: ApiRequest): Target => ({ resource, namespace, name });

const writerOf = ({ manager, subresource }: ApiRequest): Writer => ({
  manager,
  ...(subresource ? { subresource } : {}),
});

function storedBody({ resource }: ApiRequest, body: unknown): JsonObject {
  const object = stored(resource, body);
  if (!isJsonObject(object)) throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind})`);
  if (object.kind !== undefined && object.kind !== resource.kind) {
    throw badRequest(`${String(object.kind)} in version "${resource.version}" cannot be handled as a ${resource.kind}`);
  }
  return object;
}

function patched(api: ApiServer, request: ApiRequest, body: unknown): KubeObject {
  const apply = PATCHES[request.contentType];
  if (!apply) throw unsupportedMediaType();
  const change = stored(request.resource, body);
  return api.patch(targetOf(request), (current) => apply(current, change), writerOf(request));
}

function deletion(api: ApiServer, request: ApiRequest, body: unknown): string {
  const target = targetOf(request);
  const options = isJsonObject(body) ? body : {};
  const last = api.delete(target, (options.preconditions ?? {}) as Preconditions);
  if (api.store.get(target.resource, target.namespace, target.name)) return toJson(last);
  const details = { name: target.name, kind: target.resource.plural, uid: last.metadata.uid };
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

function deleteCollection(api: ApiServer, request: ApiRequest): string {
  const { resource, namespace } = request;
  const text = listJson(api.store, request);
  for (const object of api.store.list(resource, namespace).filter(selectionOf(request))) {
    api.delete({ resource, namespace: object.metadata.namespace, name: object.metadata.name });
  }
  return text;
}

async function bodyOf(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw badRequest("couldn't get version/kind; json parse error");
  }
}

function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-cache, private', ...headers });
  response.end(text);
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  if (!(error instanceof ApiError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return answer(response, 500, JSON.stringify({ kind: 'Status', status: 'Failure', message, code: 500 }));
  }
  const { status } = error;
  const seconds = status.details?.retryAfterSeconds;
  answer(
    response,
    status.code,
    JSON.stringify(status),
    typeof seconds === 'number' ? { 'retry-after': String(seconds) } : {},
  );
}
