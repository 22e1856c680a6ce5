import { Body, Controller, Injectable, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { type RolloutView, rolloutView } from '@app/contracts/api/rollout-view';
import { dnsLabel, objectKey, type SourceRef, sourceRef } from '@app/contracts/objects';
import { matchesSelector, parseSelector } from '@app/contracts/selector';
import { Caller } from '../access/access.decorator';
import type { HubRequest, Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { ManualStart } from '../change/manual-start';
import { Problem } from '../http/core/problem';
import { RolloutQueries } from '../rollout/rollout.queries';
import { Idempotent, Operation } from './operation.decorator';
import { PlanPreviewService } from './plan-preview.service';
import { RolloutViews } from './rollout-views';
import { API, reason, selectorText } from './schemas';

const startBody = z
  .strictObject({
    source: sourceRef,
    clusters: selectorText.optional(),
    policy: dnsLabel.optional(),
    /** The plan that the caller has seen; the start is refused when it would be another now. */
    planHash: z.string().min(1).max(128).optional(),
    reason: reason.min(1, 'say why'),
  })
  .refine(({ clusters, planHash }) => clusters === undefined || planHash === undefined, {
    path: ['planHash'],
    message: 'names the plan for all clusters: leave clusters out',
  });

/** How a rollout is planned, and started. */
@Injectable()
export class StartParts {
  constructor(
    readonly starts: ManualStart,
    readonly previews: PlanPreviewService,
  ) {}
}

/** Rollouts that a person starts. */
@Controller(`${API}/rollouts`)
export class StartController {
  constructor(
    private readonly parts: StartParts,
    private readonly rollouts: RolloutQueries,
    private readonly views: RolloutViews,
    private readonly scopes: ScopeService,
  ) {}

  @Post()
  @Operation({
    role: 'operator',
    verb: 'create',
    resource: 'rollouts',
    recordedByStore: true,
    summary: 'Start a rollout of what is pending for a source, or get the one that carries it already',
    answer: rolloutView,
    status: 201,
  })
  @Idempotent()
  async create(
    @Body({ schema: startBody }) body: z.infer<typeof startBody>,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
  ): Promise<RolloutView> {
    await this.requireWhole(body.source, caller);
    await this.requirePlan(body);
    const inScope = await this.scopes.of(caller);
    const selector = parseSelector(body.clusters ?? '');
    const rollout = await this.parts.starts.start({
      source: body.source,
      clusters: (cluster, labels) => inScope(cluster) && matchesSelector(selector, labels),
      policy: body.policy ?? null,
      planSeen: body.planHash !== undefined,
      by: { actor: caller.name, from: request.ip, why: body.reason },
    });
    return this.views.one(rollout.id, caller);
  }

  private async requirePlan({ source, policy, planHash }: z.infer<typeof startBody>): Promise<void> {
    if (planHash === undefined) return;
    const now = await this.parts.previews.preview(source, policy);
    if (now.planHash === planHash) return;
    throw new Problem(409, 'PLAN_CHANGED', 'the plan is not the one that you have seen: look at it again');
  }

  /** A new rollout supersedes the one under way: for that the caller has to be in charge of all its clusters. */
  private async requireWhole(source: SourceRef, caller: Principal): Promise<void> {
    if (caller.scope === null) return;
    const key = objectKey(source);
    const active = (await this.rollouts.active()).filter(({ rollout }) => objectKey(rollout.cause.source) === key);
    await this.scopes.requireAll(
      caller,
      active.flatMap(({ rollout }) => Object.keys(rollout.targets)),
    );
  }
}
