import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { ROLES } from '@app/contracts/api/views';
import { Caller } from '../access/access.decorator';
import { decideAccess } from '../access/core/decide';
import type { Principal } from '../access/principal';
import { invalid } from '../http/core/problem';
import { Operation } from './operation.decorator';
import { RouteTable } from './route-table';
import { API } from './schemas';

const query = z.strictObject({ verb: z.string().min(1).max(64), resource: z.string().min(1).max(64) });
const accessView = z.object({ allowed: z.boolean(), role: z.enum(ROLES), needs: z.enum(ROLES), reason: z.string() });

@Controller(`${API}/access`)
export class AccessController {
  constructor(private readonly routes: RouteTable) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'access',
    summary: 'May this token do that?',
    answer: accessView,
  })
  get(
    @Query({ schema: query }) { verb, resource }: z.infer<typeof query>,
    @Caller() caller: Principal,
  ): z.infer<typeof accessView> {
    const rule = this.routes.rule(verb, resource);
    if (!rule) {
      const verbs = this.routes.verbsOf(resource);
      if (verbs.length === 0)
        throw invalid(
          '?resource',
          `there is no resource "${resource}"; there are ${this.routes.resources().join(', ')}`,
        );
      throw invalid('?verb', `${resource} has no verb "${verb}"; it has ${verbs.join(', ')}`);
    }
    const decision = decideAccess(rule, caller);
    return {
      allowed: decision.allowed,
      role: caller.role,
      needs: rule.role,
      reason: decision.allowed ? '' : decision.detail,
    };
  }
}
