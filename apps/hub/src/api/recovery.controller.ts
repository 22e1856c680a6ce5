import { Controller, Get } from '@nestjs/common';
import { type RecoveryView, recoveryView } from '@app/contracts/api/views';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { HubMeta } from '../platform/hub-meta';
import { Operation } from './operation.decorator';
import { API } from './schemas';

@Controller(`${API}/recovery`)
export class RecoveryController {
  constructor(
    private readonly meta: HubMeta,
    private readonly scopes: ScopeService,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'recovery',
    summary:
      'Whether the hub has lost its store, and which clusters have yet to say where they stand before anything starts',
    answer: recoveryView,
  })
  async get(@Caller() caller: Principal): Promise<RecoveryView> {
    const [recovery, inScope] = await Promise.all([this.meta.recovery(), this.scopes.of(caller)]);
    const missing = recovery?.missing ?? [];
    return { recovering: recovery !== null, missing: missing.length, clusters: missing.filter(inScope) };
  }
}
