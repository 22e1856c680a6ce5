import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { auditView, page } from '@app/contracts/api/views';
import { STREAM_ID } from '../audit/core/stream';
import { AuditLog } from '../audit/audit.log';
import { Operation } from './operation.decorator';
import { API, listQuery } from './schemas';

const query = z.strictObject({
  ...listQuery,
  cursor: z.string().regex(STREAM_ID, 'must be the nextCursor of a page').optional(),
});

@Controller(`${API}/audit`)
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'audit',
    fleetWide: true,
    summary: 'Who did what, from where and why; newest first',
    answer: page(auditView),
  })
  async list(@Query({ schema: query }) { limit, cursor }: z.infer<typeof query>) {
    const items = await this.audit.list(limit, cursor ?? null);
    return { items, nextCursor: items.length === limit ? (items.at(-1)?.id ?? null) : null };
  }
}
