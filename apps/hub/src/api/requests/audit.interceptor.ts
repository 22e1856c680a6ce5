import { type CallHandler, type ExecutionContext, Injectable, Logger, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { declaredAccess, type RouteAccess } from '../../access/access.decorator';
import type { HubRequest, Principal } from '../../access/principal';
import { ProblemTranslator } from '../../http/problem-translator';
import { AuditLog } from '../../audit/audit.log';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Writes down every request that may change something, with how it ended. The guard writes down those it refused. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger(AuditInterceptor.name);

  constructor(
    private readonly audit: AuditLog,
    private readonly translator: ProblemTranslator,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<HubRequest>();
    const access = declaredAccess(context.getHandler(), context.getClass());
    const { principal } = request;
    if (access === undefined || access === 'public' || !principal) return next.handle();
    if (READS.has(request.method) || access.looksOnly === true) return next.handle();
    return from(this.recorded({ request, access, principal }, next));
  }

  private async recorded(call: Call, next: CallHandler): Promise<unknown> {
    try {
      const value: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      if (call.access.recordedByStore !== true) await this.write(call, { outcome: 'done', ...createdId(value) });
      return value;
    } catch (error) {
      const { status, code } = this.translator.problemOf(error);
      await this.write(call, { outcome: status < 500 ? 'refused' : 'failed', code });
      throw error;
    }
  }

  /** What happened has happened: when it can not be written to the store it is at least in the log. */
  private async write({ request, access, principal }: Call, detail: Readonly<Record<string, unknown>>): Promise<void> {
    const entry = {
      actor: principal.name,
      from: request.ip,
      action: `${access.resource}.${access.verb}`,
      subject: subjectOf(access.resource, request.params),
      reason: reasonOf(request.body),
      detail: { ...detail, requestId: request.id },
    };
    await this.audit.append(entry).catch((error: unknown) => {
      this.logger.error({ msg: 'an action could not be written to the audit log', ...entry, err: error });
    });
  }
}

type Call = Readonly<{ request: HubRequest; access: RouteAccess; principal: Principal }>;

function subjectOf(resource: string, params: unknown): string {
  const names = typeof params === 'object' && params !== null ? Object.values(params).map(String) : [];
  return [resource, ...names].join('/');
}

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1024) : '');
const reasonOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'reason' in body ? text(body.reason) : '';
const createdId = (value: unknown): Readonly<{ id?: string }> =>
  typeof value === 'object' && value !== null && 'id' in value ? { id: text(value.id) } : {};
