import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { problem } from '@app/contracts/api/views';
import { policyOpenApiSchema } from '@app/contracts/policy/json-schema';
import { toPublicPath } from '../http/core/verb-path';
import { titleOf } from '../http/core/status-titles';
import { VERSION } from '../ops/build-info';
import { API } from './schemas';

/** What any route may answer besides its own statuses. */
const PROBLEMS = [400, 401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 429, 500, 503];
const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
type Operations = NonNullable<OpenAPIObject['paths'][string]>;

/** The document of the API, made from the routes and schemas that serve it. */
function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Fleet Reloader')
    .setDescription(
      'Restarts workloads when their ConfigMaps and Secrets change, across a fleet of clusters, in waves.',
    )
    .setVersion(VERSION)
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  const made = SwaggerModule.createDocument(app, config);
  const paths = Object.entries(made.paths).filter(([path]) => path.startsWith(`/${API}`));
  return {
    ...made,
    paths: Object.fromEntries(paths.map(([path, operations]) => [toPublicPath(path), withProblems(operations)])),
    components: {
      ...made.components,
      schemas: { ...made.components?.schemas, Problem: problemSchema(), RolloutPolicy: policyOpenApiSchema() },
    },
  };
}

/** Serves the document at `/api/v1/openapi.json` and pages made from it at `/docs`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: `${API}/openapi.json`,
    customSiteTitle: 'Fleet Reloader API',
    raw: ['json'],
  });
}

function withProblems(operations: Operations): Operations {
  const result = { ...operations };
  for (const method of METHODS) {
    const operation = result[method];
    if (operation) result[method] = { ...operation, responses: { ...problemResponses(), ...operation.responses } };
  }
  return result;
}

const problemResponses = () =>
  Object.fromEntries(
    PROBLEMS.map((status) => [
      String(status),
      {
        description: titleOf(status),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );

function problemSchema(): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(problem, { target: 'openapi-3.0', io: 'output' });
  return schema;
}
