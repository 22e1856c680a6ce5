import helmet from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HubMetrics } from '../ops/metrics';
import { Problem } from './core/problem';
import { RouteMethods } from './core/route-methods';
import { toPublicPath } from './core/verb-path';
import { YamlText } from './yaml-body';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

/** A text that is too long to be a policy is still read this far, so that the answer can say so in the words of policies. */
const MAX_YAML_BYTES = 4 * 1024 * 1024;

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
    ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'],
    { parseAs: 'string', bodyLimit: MAX_YAML_BYTES },
    (_request, text, done) => done(null, new YamlText(String(text))),
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    // Nothing has no type, whatever the client says: `curl -d ''` calls it a form.
    if (request.headers['content-length'] === '0') delete request.headers['content-type'];
    done();
  });
  refuseOtherMethods(fastify);
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = toPublicPath(request.routeOptions.url ?? 'none');
    metrics.httpRequest({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
  await app.register(helmet, { contentSecurityPolicy: CONTENT_SECURITY });
}

/** To the router a path with another method is as unknown as any other. */
function refuseOtherMethods(fastify: Fastify): void {
  const routes = new RouteMethods();
  fastify.addHook('onRoute', ({ url, method }) => routes.add(url, [method].flat()));
  fastify.addHook('preHandler', (request, _reply, done) => {
    const [path = ''] = request.url.split('?');
    const methods = request.is404 ? routes.of(path) : [];
    done(methods.length === 0 ? undefined : otherMethod(request.method, methods));
  });
}

function otherMethod(method: string, allowed: readonly string[]): Problem {
  const names = allowed.join(', ');
  const detail = `This path takes ${names}, and not ${method}.`;
  return new Problem(405, 'METHOD_NOT_ALLOWED', detail, { headers: { Allow: names } });
}
