import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Role } from '@app/contracts/api/views';
import type { HubRequest, Principal } from './principal';

/**
 * What a route lets happen, and who may. `verb` and `resource` name it in the audit log (`rollouts.pause`)
 * and in questions to `/access`.
 */
export type RouteAccess = Readonly<{
  role: Role;
  verb: string;
  resource: string;
  /** Concerns the fleet as a whole: a token that is limited to some clusters is refused. */
  fleetWide?: boolean;
  /** The change and its audit entry are one write of the store: only requests that failed are written down separately. */
  recordedByStore?: boolean;
  /** Only looks, although it is a POST: nothing of it is recorded. */
  looksOnly?: boolean;
}>;

const ACCESS = 'fleet-reloader:access';
const PUBLIC = 'public';

/** Says who may call the route. A route with neither this nor `Public` answers nobody. */
export const Access = (access: RouteAccess): MethodDecorator => SetMetadata(ACCESS, access);

/** The route needs no token, or checks its own credentials. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(ACCESS, PUBLIC);

/** What a handler, or else its class, declares. */
export function declaredAccess(handler: object, type: object): RouteAccess | typeof PUBLIC | undefined {
  const declared: unknown = Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, type);
  return declared as RouteAccess | typeof PUBLIC | undefined;
}

/** The caller; only on routes with `Access`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<HubRequest>();
  if (!principal) throw new Error('the route has no access rule, so it has no caller');
  return principal;
});
