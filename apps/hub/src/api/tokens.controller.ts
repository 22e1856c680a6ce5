import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { page, ROLES, tokenView } from '@app/contracts/api/views';
import { parseDuration } from '@app/contracts/policy/amounts';
import type { TokenRecord } from '../access/token.store';
import { TokensService } from '../access/tokens.service';
import { notFound } from '../http/core/problem';
import { ShownOnce } from './requests/idempotency.interceptor';
import { pageOf } from './core/page';
import { Idempotent, Operation } from './operation.decorator';
import { API, durationText, listQuery, pageRequest, selectorText } from './schemas';
import { timeOrNull, timeText } from '../platform/core/times';

const GROUP = /^[A-Za-z0-9]([-A-Za-z0-9_.@]{0,62}[A-Za-z0-9])?$/;
/** A name is shown to people, in terminals and logs too. */
const PRINTABLE = /^\P{C}*$/u;
const newToken = z.strictObject({
  name: z.string().trim().min(1).max(64).regex(PRINTABLE, 'must have no control characters'),
  role: z.enum(ROLES),
  clusters: selectorText.optional(),
  expiresIn: durationText.optional(),
  /** Approvers of gates are named by them: `group:NAME`. */
  groups: z.array(z.string().regex(GROUP, 'must be a name such as sre')).max(20).optional(),
});
const createdToken = tokenView.extend({ token: z.string() });
const query = z.strictObject(listQuery);

@Controller(`${API}/tokens`)
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Post()
  @Operation({
    role: 'admin',
    verb: 'create',
    resource: 'tokens',
    fleetWide: true,
    summary: 'Make an API token; its text is shown once',
    answer: createdToken,
    status: 201,
  })
  @Idempotent()
  @ShownOnce()
  async create(@Body({ schema: newToken }) body: z.infer<typeof newToken>): Promise<z.infer<typeof createdToken>> {
    const expiresInMs = body.expiresIn === undefined ? null : (parseDuration(body.expiresIn) ?? null);
    const made = await this.tokens.create({
      name: body.name,
      role: body.role,
      clusters: body.clusters ?? null,
      groups: body.groups ?? [],
      expiresInMs,
    });
    return { ...view({ ...made.record, lastUsedAt: null }), token: made.token };
  }

  @Get()
  @Operation({
    role: 'admin',
    verb: 'list',
    resource: 'tokens',
    fleetWide: true,
    summary: 'API tokens, without their texts',
    answer: page(tokenView),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>) {
    return pageOf((await this.tokens.list()).map(view), ({ id }) => id, pageRequest(asked));
  }

  @Delete(':id')
  @Operation({
    role: 'admin',
    verb: 'delete',
    resource: 'tokens',
    fleetWide: true,
    summary: 'Remove an API token; it stops working at once',
  })
  async remove(@Param('id') id: string): Promise<void> {
    if (!(await this.tokens.remove(id))) throw notFound(`token ${id}`);
  }
}

const view = (token: TokenRecord & { lastUsedAt: number | null }): z.infer<typeof tokenView> => ({
  id: token.id,
  name: token.name,
  role: token.role,
  clusters: token.clusters,
  groups: token.groups,
  createdAt: timeText(token.createdAt),
  expiresAt: timeOrNull(token.expiresAt),
  lastUsedAt: timeOrNull(token.lastUsedAt),
});
