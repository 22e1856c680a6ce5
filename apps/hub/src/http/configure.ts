import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parse, YAMLParseError } from 'yaml';
import type { HubMetrics } from '../ops/metrics';
import { invalid } from './core/problem';
import { toPublicPath } from './core/verb-path';

/** What a page of ours may load: nothing from elsewhere. The API reference needs inline styles. */
const CONTENT_SECURITY = {
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    upgradeInsecureRequests: null,
  },
};

/**
 * Body parsers, security headers, request ids and request metrics. Call once, before `listen`, on an application
 * that was created with `bodyParser: false`.
 */
export async function configureHttp(app: NestFastifyApplication, metrics: HubMetrics): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    // Clients name the type also where a verb takes no body.
    if (text === '') done(null, undefined);
    else void parseJson(request, String(text), done);
  });
  fastify.addContentTypeParser(
    ['application/yaml', 'application/x-yaml', 'text/yaml'],
    { parseAs: 'string' },
    (_request, text, done) => {
      const body = parseYaml(String(text));
      done(body instanceof Error ? body : null, body);
    },
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = toPublicPath(request.routeOptions.url ?? 'none');
    metrics.httpRequest({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
  await app.register(helmet, { contentSecurityPolicy: CONTENT_SECURITY });
}

/** The document, or the problem with it. Aliases are refused: a small text could unfold into a huge one. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, uniqueKeys: true }) as unknown;
  } catch (error) {
    if (error instanceof YAMLParseError)
      return invalid('', `the body is not YAML: ${error.message.split('\n')[0] ?? ''}`, 'YAML');
    return invalid('', 'the body is not plain YAML: aliases are not accepted', 'YAML');
  }
}
