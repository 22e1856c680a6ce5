import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import { type PlanView, planView } from '@app/contracts/api/views';
import { dnsLabel, sourceRef } from '@app/contracts/objects';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { type InScope, ScopeService } from '../access/scope.service';
import type { PlannedWave } from '../plan/core/model';
import { Clock } from '../platform/clock';
import { earliestStarts } from './core/earliest';
import { Idempotent, Operation } from './operation.decorator';
import { PlanPreviewService } from './plan-preview.service';
import { API, timeOrNull } from './schemas';

const planBody = z.strictObject({ source: sourceRef, policy: dnsLabel.optional() });

@Controller(`${API}/plans`)
export class PlansController {
  constructor(
    private readonly previews: PlanPreviewService,
    private readonly scopes: ScopeService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @Operation({
    role: 'operator',
    verb: 'create',
    resource: 'plans',
    summary: 'What would restart, in which wave, when at the earliest; writes nothing',
    answer: planView,
  })
  @Idempotent()
  async plan(
    @Body({ schema: planBody }) body: z.infer<typeof planBody>,
    @Caller() caller: Principal,
  ): Promise<PlanView> {
    const { policy, plan, planHash, warnings } = await this.previews.preview(body.source, body.policy);
    const inScope = await this.scopes.of(caller);
    const starts = earliestStarts(plan.waves, this.clock.now());
    return {
      policy: { name: policy.policy.name, version: policy.version },
      planHash,
      planned: plan.planned,
      waves: plan.waves.map((wave) => waveView(wave, starts.get(wave.name) ?? null, inScope)),
      warnings: [...warnings],
    };
  }
}

const waveView = (wave: PlannedWave, start: number | null, inScope: InScope): PlanView['waves'][number] => ({
  name: wave.name,
  phase: 'Pending',
  maxConcurrency: wave.maxConcurrency,
  maxFailures: wave.maxFailures,
  soakSeconds: wave.soakMs / 1000,
  targets: wave.targets
    .filter(({ cluster }) => inScope(cluster))
    .map(({ cluster, workloads }) => ({
      cluster,
      earliest: timeOrNull(start),
      workloads: workloads.map(({ ref, replicas, state, reason }) => ({ ...ref, replicas, state, reason })),
    })),
});
