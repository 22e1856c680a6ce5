import { HttpException, Injectable } from '@nestjs/common';
import { isRefusal, StoreUnavailable } from '../platform/redis';
import { Problem } from './core/problem';
import { titleOf } from './core/status-titles';

/** Seconds after which a client may ask again while the store is away. */
const RETRY_AFTER = '2';

/** What an error of another part of the hub means to the caller of the API; undefined: it does not know. */
export type ProblemTranslation = (error: unknown) => Problem | undefined;

/** Says what any error means to the caller of the API. */
@Injectable()
export class ProblemTranslator {
  constructor(private readonly translations: readonly ProblemTranslation[]) {}

  /** What nobody foresaw is a 500 that tells nothing of itself. */
  problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof StoreUnavailable) return storeAway(error);
    for (const translate of this.translations) {
      const problem = translate(error);
      if (problem) return problem;
    }
    return fromFramework(error) ?? unforeseen();
  }
}

const unforeseen = (): Problem =>
  new Problem(500, 'INTERNAL', 'Something failed in the hub; its log has more under this request id.');

const storeAway = ({ message, cause }: StoreUnavailable): Problem =>
  new Problem(
    503,
    'STORE_UNAVAILABLE',
    `${isRefusal(cause) ? message : 'The hub can not reach its Redis'}. Nothing is known to have changed; ask again.`,
    {
      headers: { 'Retry-After': RETRY_AFTER },
    },
  );

/** Errors of Nest carry a status by method, Fastify's as a field. Only those that blame the request are shown. */
function fromFramework(error: unknown): Problem | undefined {
  const status = statusOf(error);
  if (status === undefined || status < 400 || status >= 500 || !(error instanceof Error)) return undefined;
  const code = titleOf(status)
    .toUpperCase()
    .replaceAll(/[^A-Z]+/g, '_');
  return new Problem(status, code, detailOf(status, error));
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

function detailOf(status: number, error: Error): string {
  if (status === 404) return 'There is nothing at this path.';
  if (status === 413) return 'The body is larger than this hub accepts.';
  if (status === 415) return 'The body has to be application/json, or for policies also application/yaml.';
  if (error instanceof SyntaxError || /JSON/.test(error.message)) return 'The body is not JSON.';
  return error.message;
}
