import type { JsonObject } from './objects';
import { type Resource, qualifiedName } from './resources';

/** One field that made an object invalid. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The body of every error answer of the API. */
export interface KubeStatus extends JsonObject {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: JsonObject;
}

interface Failure {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: JsonObject;
}

/** A refusal that becomes the answer to the request: HTTP status and `Status` body as a real server gives them. */
export class ApiError extends Error {
  readonly status: KubeStatus;

  constructor(failure: Failure) {
    super(failure.message);
    const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;
    this.status = { ...head, ...failure };
  }
}

const detailsOf = (resource: Resource, name: string): JsonObject => ({
  name,
  ...(resource.group ? { group: resource.group } : {}),
  kind: resource.plural,
});

export const notFound = (resource: Resource, name: string): ApiError =>
  new ApiError({
    code: 404,
    reason: 'NotFound',
    message: `${qualifiedName(resource)} "${name}" not found`,
    details: detailsOf(resource, name),
  });

/** The path is well formed and names no resource. */
export const unknownResource = (): ApiError =>
  new ApiError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  });

export const alreadyExists = (resource: Resource, name: string): ApiError =>
  new ApiError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${qualifiedName(resource)} "${name}" already exists`,
    details: detailsOf(resource, name),
  });

/** Optimistic locking failed; without `why`, because the caller's resourceVersion is not the current one. */
export const conflict = (
  resource: Resource,
  name: string,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError =>
  new ApiError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`,
    details: detailsOf(resource, name),
  });

/** 422: `kind` and `name` of the object, and what is wrong with which field. */
export const invalid = (kind: string, name: string, causes: readonly Cause[]): ApiError => {
  const problems = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${text}`,
    details: { ...(name ? { name } : {}), kind, causes },
  });
};

export const badRequest = (message: string): ApiError => new ApiError({ code: 400, reason: 'BadRequest', message });

/** 500 without a reason: how a real server answers a malformed resourceVersion. */
export const internal = (message: string): ApiError => new ApiError({ code: 500, message });

export const methodNotAllowed = (): ApiError =>
  new ApiError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });

export const unsupportedMediaType = (): ApiError =>
  new ApiError({ code: 415, reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} });

export const tooLarge = (): ApiError =>
  new ApiError({ code: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' });

/** The version asked for is no longer kept: the caller must list again. */
export const expired = (message: string): ApiError => new ApiError({ code: 410, reason: 'Expired', message });

/** The version asked for has not happened yet. */
export const versionTooLarge = (asked: number, current: number): ApiError =>
  new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A failure made by a fault, with the reason that a real server gives for such a status. */
export const injected = (code: number, retryAfterSeconds?: number): ApiError => {
  const reason = REASONS[code];
  return new ApiError({
    code,
    message: `the simulator was told to answer ${code}`,
    ...(reason ? { reason } : {}),
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
  });
};
