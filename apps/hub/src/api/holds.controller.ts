import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { holdScope, type HoldView, holdView } from '@app/contracts/api/holds';
import { page } from '@app/contracts/api/views';
import { matchesSelector, parseSelector } from '@app/contracts/selector';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { ClusterRegistry } from '../fleet/registry';
import type { HoldRecord } from '../holds/core/hold';
import { HoldsService } from './holds.service';
import { notFound, Problem } from '../http/core/problem';
import { pageOf } from './core/page';
import { Idempotent, Operation } from './operation.decorator';
import { API, listQuery, pageRequest, reason, selectorText } from './schemas';
import { timeOrNull, timeText } from '../platform/core/times';

const newHold = z.strictObject({
  scope: holdScope.superRefine(({ clusters }, context) => {
    const read = selectorText.safeParse(clusters ?? '');
    if (!read.success) context.addIssue({ code: 'custom', path: ['clusters'], message: messageOf(read.error) });
  }),
  reason: reason.min(1, 'must say why, for those who meet the hold'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
const query = z.strictObject(listQuery);

@Controller(`${API}/holds`)
export class HoldsController {
  constructor(
    private readonly holds: HoldsService,
    private readonly scopes: ScopeService,
    private readonly registry: ClusterRegistry,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'holds',
    summary: 'Holds that stand now',
    answer: page(holdView),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>) {
    return pageOf((await this.holds.list()).map(view), ({ id }) => id, pageRequest(asked));
  }

  @Post()
  @Operation({
    role: 'operator',
    verb: 'create',
    resource: 'holds',
    summary: 'Stop the line: nothing new starts in this scope until the hold is released or expires',
    answer: holdView,
    status: 201,
  })
  @Idempotent()
  async create(
    @Body({ schema: newHold }) body: z.infer<typeof newHold>,
    @Caller() caller: Principal,
  ): Promise<HoldView> {
    await this.requireScope(caller, body.scope);
    const expiresAt = body.expiresAt === undefined ? null : Date.parse(body.expiresAt);
    if (expiresAt !== null && expiresAt <= this.holds.now()) {
      const errors = [{ pointer: '/expiresAt', detail: 'must lie in the future, by the clock of the store' }];
      throw new Problem(400, 'INVALID', 'the hold would be over before it began', { errors });
    }
    const { scope, reason: why } = body;
    return view(await this.holds.create({ scope, owner: caller.name, reason: why, expiresAt }));
  }

  @Delete(':id')
  @Operation({ role: 'operator', verb: 'delete', resource: 'holds', summary: 'Release a hold' })
  async release(@Param('id') id: string, @Caller() caller: Principal): Promise<void> {
    const hold = await this.holds.get(id);
    if (!hold) throw notFound(`hold ${id}`);
    await this.requireScope(caller, hold.scope);
    await this.holds.release(id);
  }

  /** A hold binds everybody: a token that is limited to some clusters may hold those, by a selector of its own. */
  private async requireScope(caller: Principal, { clusters }: HoldRecord['scope']): Promise<void> {
    if (caller.scope === null) return;
    if (clusters === undefined) {
      throw new Problem(403, 'SCOPE', 'the token is limited to some clusters: hold those by `scope.clusters`');
    }
    const selector = parseSelector(clusters);
    const concerned = (await this.registry.all()).filter(({ labels }) => matchesSelector(selector, labels));
    await this.scopes.requireAll(
      caller,
      concerned.map(({ name }) => name),
    );
  }
}

const view = (hold: HoldRecord): HoldView => ({
  ...hold,
  createdAt: timeText(hold.createdAt),
  expiresAt: timeOrNull(hold.expiresAt),
});

const messageOf = (error: z.ZodError): string => error.issues.map(({ message }) => message).join('; ');
