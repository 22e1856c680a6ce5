import { FastifyAdapter } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HubConfig } from '../config/hub-config';
import { Problem, PROBLEM_TYPE, problemBody } from './core/problem';
import { toInnerPath } from './core/verb-path';

/** Largest body of a request, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The HTTP server that REST, agents and the console share. TLS ends here when the configuration has a certificate. */
export function createHttpAdapter(config: Pick<HubConfig, 'tls'>): FastifyAdapter {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    genReqId: requestId,
    rewriteUrl: (request: IncomingMessage) => toInnerPath(request.url ?? '/'),
    routerOptions: { maxParamLength: 320 },
    frameworkErrors: answerBadAddress,
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

/** A caller's own request id is kept when it is harmless in a log. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
