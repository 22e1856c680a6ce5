import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { enrolmentTokenView, page } from '@app/contracts/api/views';
import { clusterLabels, clusterName } from '@app/contracts/objects';
import { parseDuration } from '@app/contracts/policy/amounts';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import type { EnrolmentToken } from '../fleet/core/enrolment';
import { DEFAULT_ENROLMENT_TTL_MS, EnrolmentTokens } from '../fleet/enrolment-tokens';
import { notFound } from '../http/core/problem';
import { ShownOnce } from './requests/idempotency.interceptor';
import { enrolmentCommand } from './core/enrolment-command';
import { pageOf } from './core/page';
import { Idempotent, Operation } from './operation.decorator';
import { API, durationText, listQuery, pageRequest } from './schemas';
import { timeText } from '../platform/core/times';

const newToken = z
  .strictObject({ cluster: clusterName.optional(), labels: clusterLabels.optional(), ttl: durationText.optional() })
  .default({});
const createdToken = z.object({ id: z.string(), token: z.string(), expiresAt: z.iso.datetime(), command: z.string() });
const query = z.strictObject(listQuery);

@Controller(`${API}/enrolment-tokens`)
export class EnrolmentTokensController {
  constructor(
    private readonly tokens: EnrolmentTokens,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'publicUrl'>,
  ) {}

  @Post()
  @Operation({
    role: 'admin',
    verb: 'create',
    resource: 'enrolment-tokens',
    fleetWide: true,
    summary: 'Make a single-use token by which a cluster joins; its text is shown once',
    answer: createdToken,
    status: 201,
  })
  @Idempotent()
  @ShownOnce()
  async create(@Body({ schema: newToken }) body: z.infer<typeof newToken>): Promise<z.infer<typeof createdToken>> {
    const ttlMs = parseDuration(body.ttl ?? '') ?? DEFAULT_ENROLMENT_TTL_MS;
    const { token, record } = await this.tokens.create({
      cluster: body.cluster ?? null,
      labels: body.labels ?? {},
      ttlMs,
    });
    const command = enrolmentCommand({
      token,
      cluster: record.cluster,
      labels: record.labels,
      hubUrl: this.config.publicUrl,
    });
    return { id: record.id, token, expiresAt: timeText(record.expiresAt), command };
  }

  @Get()
  @Operation({
    role: 'admin',
    verb: 'list',
    resource: 'enrolment-tokens',
    fleetWide: true,
    summary: 'Enrolment tokens, without their texts',
    answer: page(enrolmentTokenView),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>) {
    const sorted = (await this.tokens.list()).map(view).sort((a, b) => (a.id < b.id ? -1 : 1));
    return pageOf(sorted, ({ id }) => id, pageRequest(asked));
  }

  @Delete(':id')
  @Operation({
    role: 'admin',
    verb: 'delete',
    resource: 'enrolment-tokens',
    fleetWide: true,
    summary: 'Remove an enrolment token; clusters that used it stay',
  })
  async remove(@Param('id') id: string): Promise<void> {
    if (!(await this.tokens.delete(id))) throw notFound(`enrolment token ${id}`);
  }
}

const view = (token: EnrolmentToken): z.infer<typeof enrolmentTokenView> => ({
  id: token.id,
  cluster: token.cluster,
  labels: token.labels,
  createdAt: timeText(token.createdAt),
  expiresAt: timeText(token.expiresAt),
  usedBy: token.usedBy?.cluster ?? null,
});
