import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Access, Public, type RouteAccess } from '../access/access.decorator';

type Description = Readonly<{
  summary: string;
  /** Shape of the answer; without it the answer is empty (204). */
  answer?: z.ZodType;
  /** 200 unless said otherwise. */
  status?: number;
}>;

/** One route of the API: who may call it, its name in the audit log, and its part of the OpenAPI document. */
export const Operation = (operation: RouteAccess & Description): MethodDecorator => {
  const { summary, answer, status = answer === undefined ? 204 : 200, ...access } = operation;
  const roles = `Needs the role ${access.role}${access.fleetWide ? ' and a token without a scope' : ''}.`;
  return applyDecorators(
    Access(access),
    ApiBearerAuth(),
    ApiTags(access.resource),
    ApiOperation({ summary, description: roles, operationId: `${access.resource}_${access.verb}` }),
    HttpCode(status),
    ApiResponse(
      answer === undefined
        ? { status, description: 'Done.' }
        : { status, description: 'Done.', standardSchema: answer },
    ),
  );
};

/** A route that needs no token. */
export const PublicOperation = (
  { summary, answer }: Required<Omit<Description, 'status'>>,
  resource: string,
): MethodDecorator =>
  applyDecorators(
    Public(),
    ApiTags(resource),
    ApiOperation({ summary, operationId: `${resource}_get` }),
    ApiResponse({ status: 200, description: 'Done.', standardSchema: answer }),
  );

/** The route honours `Idempotency-Key`. */
export const Idempotent = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Requests with the same key take effect once; the answer is kept for 24 hours.',
    schema: { type: 'string', maxLength: 128 },
  });

/** The body may be JSON or YAML. */
export const JsonOrYaml = (): MethodDecorator =>
  ApiBody({
    required: true,
    schema: { $ref: '#/components/schemas/RolloutPolicy' },
    description: 'A policy document, as application/json or application/yaml.',
  });
