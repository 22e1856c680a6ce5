import { FastifyAdapter } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HubConfig } from '../config/hub-config';
import { Problem, PROBLEM_TYPE, problemBody } from './core/problem';
import { titleOf } from './core/status-titles';
import { toInnerPath } from './core/verb-path';

/** Largest body of a request, in bytes. */
const MAX_BODY_BYTES = 256 * 1024;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The HTTP server that REST, agents and the console share. TLS ends here when the configuration has a certificate. */
export function createHttpAdapter(config: Pick<HubConfig, 'tls'>): FastifyAdapter {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    genReqId: requestId,
    rewriteUrl: (request: IncomingMessage) => toInnerPath(request.url ?? '/'),
    routerOptions: { maxParamLength: 320 },
    frameworkErrors: answerBadAddress,
    clientErrorHandler: answerUnreadable,
  };
  const { tls } = config;
  return new FastifyAdapter(tls === null ? options : { ...options, https: { cert: tls.cert, key: tls.key.reveal() } });
}

/** What the router refuses never gets to the filter that answers everything else. */
function answerBadAddress(
  error: { statusCode?: number },
  request: { id: string },
  reply: { raw: ServerResponse },
): void {
  const problem = new Problem(error.statusCode ?? 400, 'ADDRESS', 'This address can not be read.');
  reply.raw.writeHead(problem.status, { 'Content-Type': PROBLEM_TYPE });
  reply.raw.end(JSON.stringify(problemBody(problem, request.id)));
}

/** What is no HTTP, or has a head too large, never gets to the router: its connection ends with the answer. */
function answerUnreadable({ code }: { code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  const problem = UNREADABLE[code ?? ''] ?? new Problem(400, 'REQUEST', 'This request can not be read.');
  const body = JSON.stringify(problemBody(problem, randomUUID()));
  const head = [
    `HTTP/1.1 ${problem.status} ${titleOf(problem.status)}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

const UNREADABLE: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: new Problem(431, 'HEADERS_TOO_LARGE', 'The headers are larger than this hub accepts.'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(408, 'REQUEST_TIMEOUT', 'The request did not arrive in time.'),
};

/** A caller's own request id is kept when it is harmless in a log. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
