import { FastifyAdapter } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HubConfig } from '../config/hub-config';
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
  };
  const { tls } = config;
  return new FastifyAdapter(tls === null ? options : { ...options, https: { cert: tls.cert, key: tls.key.reveal() } });
}

/** A caller's own request id is kept when it is harmless in a log. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
