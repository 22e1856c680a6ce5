import { Body, Controller, Injectable, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { type RolloutView, rolloutView } from '@app/contracts/api/rollout-view';
import { dnsLabel, type Labels, objectKey, type SourceRef, sourceRef, workloadRef } from '@app/contracts/objects';
import { matchesSelector, parseSelector } from '@app/contracts/selector';
import { Caller } from '../access/access.decorator';
import type { HubRequest, Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { SourceStart, type SourceRequest } from '../change/by-hand/source-start';
import { WorkloadStart } from '../change/by-hand/workload-start';
import { Problem } from '../http/core/problem';
import { sourcesOf } from '../rollout/core/cause';
import type { Rollout } from '../rollout/core/model';
import { RolloutQueries } from '../rollout/rollout.queries';
import { Idempotent, Operation } from './operation.decorator';
import { PlanPreviewService } from './plan-preview.service';
import { RolloutViews } from './rollout-views';
import { API, reason, selectorText } from './schemas';

const startBody = z
  .strictObject({
    source: sourceRef.optional(),
    workloads: z.array(workloadRef).min(1).max(100).optional(),
    clusters: selectorText.optional(),
    policy: dnsLabel.optional(),
    /** The plan that the caller has seen; the start is refused when it would be another now. */
    planHash: z.string().min(1).max(128).optional(),
    /** Restart also what is current; with a source: everything that uses it. */
    force: z.boolean().default(false),
    reason: reason.min(1, 'say why'),
  })
  .refine(({ source, workloads }) => (source === undefined) !== (workloads === undefined), {
    path: ['source'],
    message: 'name either a source or workloads',
  })
  .refine(({ workloads, force, planHash }) => planHash === undefined || (workloads === undefined && !force), {
    path: ['planHash'],
    message: 'names the plan for what is pending for a source',
  })
  .refine(({ clusters, planHash }) => clusters === undefined || planHash === undefined, {
    path: ['planHash'],
    message: 'names the plan for all clusters: leave clusters out',
  });

type StartBody = z.infer<typeof startBody>;
type Common = Omit<SourceRequest, 'source' | 'planSeen'> & Readonly<{ caller: Principal }>;

/** How a rollout is planned, and started. */
@Injectable()
export class StartParts {
  constructor(
    readonly starts: SourceStart,
    readonly workloads: WorkloadStart,
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
    summary: 'Start a rollout by hand, or get the one that carries out the same already',
    answer: rolloutView,
    status: 201,
  })
  @Idempotent()
  async create(
    @Body({ schema: startBody }) body: StartBody,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
  ): Promise<RolloutView> {
    const inScope = await this.scopes.of(caller);
    const selector = parseSelector(body.clusters ?? '');
    const common = {
      clusters: (cluster: string, labels: Labels) => inScope(cluster) && matchesSelector(selector, labels),
      policy: body.policy ?? null,
      by: { actor: caller.name, from: request.ip, why: body.reason },
    };
    const { source, force, workloads } = body;
    const rollout =
      source === undefined || force
        ? await this.parts.workloads.start({
            ...common,
            workloads: workloads ?? null,
            wish: { force, source: source ?? null },
          })
        : await this.startSource(source, body, { ...common, caller });
    return this.views.one(rollout.id, caller);
  }

  private async startSource(source: SourceRef, body: StartBody, common: Common): Promise<Rollout> {
    const { caller, ...request } = common;
    await this.requireWhole(source, caller);
    await this.requirePlan(source, body);
    return this.parts.starts.start({ ...request, source, planSeen: body.planHash !== undefined });
  }

  private async requirePlan(source: SourceRef, { policy, planHash }: StartBody): Promise<void> {
    if (planHash === undefined) return;
    const now = await this.parts.previews.preview(source, policy);
    if (now.planHash === planHash) return;
    throw new Problem(409, 'PLAN_CHANGED', 'the plan is not the one that you have seen: look at it again');
  }

  /** A new rollout supersedes the one under way: for that the caller has to be in charge of all its clusters. */
  private async requireWhole(source: SourceRef, caller: Principal): Promise<void> {
    if (caller.scope === null) return;
    const key = objectKey(source);
    const active = (await this.rollouts.active()).filter(({ rollout }) =>
      sourcesOf(rollout.cause).some((each) => objectKey(each) === key),
    );
    await this.scopes.requireAll(
      caller,
      active.flatMap(({ rollout }) => rollout.targets.clusters()),
    );
  }
}
