import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Problem } from '../http/core/problem';
import { ANONYMOUS, AuditLog } from '../audit/audit.log';
import { declaredAccess, type RouteAccess } from './access.decorator';
import { decideAccess } from './core/decide';
import { bearerOf } from './core/token-text';
import type { HubRequest } from './principal';
import { TokensService } from './tokens.service';

/**
 * Stands before every route of the hub. Closed unless told otherwise: a route that declares nothing answers 403.
 * Who was turned away is written to the audit log.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly logger = new Logger(AccessGuard.name);

  constructor(
    private readonly tokens: TokensService,
    private readonly audit: AuditLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = declaredAccess(context.getHandler(), context.getClass());
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<HubRequest>();
    if (access === undefined) throw new Problem(403, 'NO_RULE', 'the route has no access rule');
    await this.identify(request, access);
    await this.decide(request, access);
    return true;
  }

  private async identify(request: HubRequest, access: RouteAccess): Promise<void> {
    const token = bearerOf(single(request.headers.authorization));
    const principal = token === undefined ? undefined : await this.tokens.authenticate(token);
    if (principal) {
      request.principal = principal;
      return;
    }
    const detail = token === undefined ? 'no bearer token was given' : 'the token is unknown, removed or expired';
    await this.note(request, access, { actor: ANONYMOUS, code: 'TOKEN', detail });
    throw new Problem(401, 'TOKEN', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="fleet-reloader"' } });
  }

  private async decide(request: HubRequest, access: RouteAccess): Promise<void> {
    const { principal } = request;
    if (!principal) return;
    const decision = decideAccess(access, principal);
    if (decision.allowed) return;
    await this.note(request, access, { actor: principal.name, code: decision.code, detail: decision.detail });
    throw new Problem(403, decision.code, decision.detail);
  }

  /** The refusal stands whether or not it could be written down. */
  private async note(
    request: HubRequest,
    access: RouteAccess,
    why: { actor: string; code: string; detail: string },
  ): Promise<void> {
    const entry = {
      actor: why.actor,
      from: request.ip,
      action: `${access.resource}.${access.verb}`,
      subject: access.resource,
      reason: why.detail,
      detail: { outcome: 'refused', code: why.code },
    };
    await this.audit.appendRefusal(entry).catch((error: unknown) => {
      this.logger.error({ msg: 'a refused request could not be written to the audit log', ...entry, err: error });
    });
  }
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? undefined : header;
