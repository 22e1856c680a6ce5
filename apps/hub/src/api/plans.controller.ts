import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import { type PlanView, planView } from '@app/contracts/api/views';
import { dnsLabel, sourceRef } from '@app/contracts/objects';
import { urgencyOf } from '@app/contracts/policy/urgency';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { type InScope, ScopeService } from '../access/scope.service';
import type { PlannedWave } from '../plan/core/model';
import { Clock } from '../platform/clock';
import { plannedGate } from './core/gate-view';
import { RESTART_ESTIMATE_MS, type WaveTimes, waveTimes } from './core/earliest';
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
    const ends = [...times.values()].flatMap(({ endsAt }) => endsAt ?? []);
    const known = ends.length > 0 && ends.length === times.size;
    return {
      policy: { name: policy.policy.name, version: policy.version, urgency: urgencyOf(policy.policy) },
      planHash,
      planned: plan.planned,
      waves: plan.waves.map((wave) => waveView(wave, times.get(wave.name), inScope)),
      estimate: {
        endsAt: timeOrNull(known ? Math.max(...ends) : null),
        restartSeconds: RESTART_ESTIMATE_MS / 1000,
      },
      warnings: warnings.filter(({ subject }) => !clusters.has(subject) || inScope(subject)),
    };
  }
}

const waveView = (wave: PlannedWave, times: WaveTimes | undefined, inScope: InScope): PlanView['waves'][number] => ({
  name: wave.name,
  phase: 'Pending',
  maxConcurrency: wave.maxConcurrency,
  maxFailures: wave.maxFailures,
  soakSeconds: wave.soakMs / 1000,
  gates: wave.gates.map(plannedGate),
  estimate: { startsAt: timeOrNull(times?.startsAt ?? null), endsAt: timeOrNull(times?.endsAt ?? null) },
  targets: wave.targets
    .filter(({ cluster }) => inScope(cluster))
    .map(({ cluster, workloads }) => ({
      cluster,
      earliest: timeOrNull(times?.earliest[cluster] ?? null),
      workloads: workloads.map(({ ref, replicas, state, reason }) => ({ ...ref, replicas, state, reason })),
    })),
});
