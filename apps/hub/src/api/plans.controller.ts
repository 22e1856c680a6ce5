import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import { type PlanView, planView } from '@app/contracts/api/views';
import { dnsLabel, sourceRef } from '@app/contracts/objects';
import { urgencyOf } from '@app/contracts/policy/urgency';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { Clock } from '../platform/clock';
import { waveTimes } from './core/earliest';
import { planEstimate, plannedWaves } from './core/plan-view';
import { Idempotent, Operation } from './operation.decorator';
import { PlanPreviewService } from './plan-preview.service';
import { API } from './schemas';

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
    looksOnly: true,
    summary: 'What would restart, in which wave, when at the earliest; writes nothing',
    answer: planView,
  })
  @Idempotent()
  async plan(
    @Body({ schema: planBody }) body: z.infer<typeof planBody>,
    @Caller() caller: Principal,
  ): Promise<PlanView> {
    const { policy, plan, planHash, warnings, opens } = await this.previews.preview(body.source, body.policy);
    const inScope = await this.scopes.of(caller);
    const times = waveTimes(plan.waves, this.clock.now(), opens);
    const clusters = new Set(plan.waves.flatMap(({ targets }) => targets.map(({ cluster }) => cluster)));
    return {
      policy: { name: policy.policy.name, version: policy.version, urgency: urgencyOf(policy.policy) },
      planHash,
      planned: [...clusters].filter(inScope).length,
      waves: [...plannedWaves(plan.waves, times, inScope)],
      estimate: planEstimate(plan.waves, times),
      warnings: warnings.filter(({ subject }) => !clusters.has(subject) || inScope(subject)),
    };
  }
}
