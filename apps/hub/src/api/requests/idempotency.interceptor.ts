import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { HubRequest } from '../../access/principal';
import { Problem } from '../../http/core/problem';
import { type IdempotencyEntry, IdempotencyStore } from './idempotency.store';

const KEY = /^[\x21-\x7e]{1,255}$/;
const POLL_MS = 25;
const WAIT_MS = 20_000;

const SHOWN_ONCE = 'fleet-reloader:shown-once';
/** The answer holds a credential: it is never stored, so a repeat of the request can not get it again. */
export const ShownOnce = (): MethodDecorator => SetMetadata(SHOWN_ONCE, true);

type Claim = Readonly<{ key: string; fingerprint: string; shownOnce: boolean }>;

/**
 * Requests with the same `Idempotency-Key` from the same caller take effect once: the first runs, the others wait for it
 * and get its answer. A request that failed frees the key.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger(IdempotencyInterceptor.name);

  constructor(private readonly store: IdempotencyStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<HubRequest>();
    const header = request.headers['idempotency-key'];
    if (request.method !== 'POST' || header === undefined || !request.principal) return next.handle();
    if (typeof header !== 'string' || !KEY.test(header)) {
      throw new Problem(400, 'INVALID', 'Idempotency-Key has to be 1 to 255 printable characters, once');
    }
    const shownOnce = Reflect.getMetadata(SHOWN_ONCE, context.getHandler()) === true;
    const key = digest([request.principal.tokenId, header]);
    return from(this.once({ key, fingerprint: fingerprintOf(request), shownOnce }, next));
  }

  private async once(claim: Claim, next: CallHandler): Promise<unknown> {
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const found = await this.store.claim(claim.key, claim.fingerprint);
      if (found === undefined) return this.run(claim, next);
      if (found.fingerprint !== claim.fingerprint) {
        throw new Problem(422, 'IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key stood for another request');
      }
      if (found.state === 'done') return answerOf(found);
      if (performance.now() > deadline) {
        throw new Problem(409, 'IDEMPOTENCY_IN_PROGRESS', 'the first request with this Idempotency-Key still runs', {
          headers: { 'Retry-After': '5' },
        });
      }
      await pause(POLL_MS);
    }
  }

  private async run(claim: Claim, next: CallHandler): Promise<unknown> {
    try {
      const value: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const body = claim.shownOnce || value === undefined ? null : JSON.stringify(value);
      await this.store.finish(claim.key, { fingerprint: claim.fingerprint, body, shownOnce: claim.shownOnce });
      return value;
    } catch (error) {
      await this.store.release(claim.key).catch((reason: unknown) => {
        this.logger.warn({ msg: 'an idempotency key could not be freed; it frees itself in a minute', err: reason });
      });
      throw error;
    }
  }
}

function answerOf(done: Extract<IdempotencyEntry, { state: 'done' }>): unknown {
  if (done.shownOnce) {
    throw new Problem(
      409,
      'SHOWN_ONCE',
      'this request was carried out before; its answer held a credential that is shown once',
    );
  }
  return done.body === null ? undefined : JSON.parse(done.body);
}

const digest = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
const fingerprintOf = (request: HubRequest): string =>
  digest([request.method, request.url, JSON.stringify(request.body ?? null)]);
