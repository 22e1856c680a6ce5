import { Body, Controller, Get, Injectable, Param, Post, Query, Req } from '@nestjs/common';
import { z } from 'zod';
import { type RolloutView, rolloutSummary, rolloutView } from '@app/contracts/api/rollout-view';
import { page } from '@app/contracts/api/views';
import { clusterName, dnsLabel } from '@app/contracts/objects';
import { rolloutPhase, type RolloutVerb } from '@app/contracts/phases';
import { Caller } from '../access/access.decorator';
import type { HubRequest, Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { Replanning } from '../change/by-hand/replanning';
import { verbPath } from '../http/core/verb-path';
import { ROLLOUT_CURSOR, RolloutQueries } from '../rollout/rollout.queries';
import { type MovingVerb, RolloutService, type VerbArguments } from '../rollout/rollout.service';
import { withinScope } from './core/rollout-view';
import { Idempotent, Operation } from './operation.decorator';
import { RolloutViews } from './rollout-views';
import { API, listQuery, reason } from './schemas';

const query = z
  .strictObject({
    ...listQuery,
    cursor: z.string().regex(ROLLOUT_CURSOR, 'must be the nextCursor of a page').optional(),
    phase: rolloutPhase.optional(),
    /** The older name of `phase`. */
    state: rolloutPhase.optional(),
    policy: dnsLabel.optional(),
    cluster: clusterName.optional(),
  })
  .refine(({ phase, state }) => phase === undefined || state === undefined, {
    path: ['state'],
    message: 'is another name of phase: give one of them',
  });
const why = { reason: reason.optional() };
const plainBody = z.strictObject(why).default({});
const startBody = z.strictObject({ ...why, planHash: z.string().min(1).max(128).optional() }).default({});
const resumeBody = z
  .strictObject({ ...why, acceptFailures: z.boolean().default(false) })
  .default({ acceptFailures: false });
const skipBody = z
  .strictObject({
    wave: z.string().min(1).max(128).optional(),
    cluster: clusterName.optional(),
    reason: reason.min(1, 'say why'),
  })
  .refine(({ wave, cluster }) => (wave === undefined) !== (cluster === undefined), 'name either a wave or a cluster');

const rolloutVerb = (verb: RolloutVerb, summary: string): MethodDecorator =>
  Operation({ role: 'operator', verb, resource: 'rollouts', recordedByStore: true, summary, answer: rolloutView });

type Asked = Readonly<{ id: string; caller: Principal; request: HubRequest; why: string | undefined }>;

/** Who carries out what people ask of rollouts. */
@Injectable()
export class RolloutVerbs {
  constructor(
    readonly moving: RolloutService,
    readonly replanning: Replanning,
  ) {}
}

@Controller(`${API}/rollouts`)
export class RolloutsController {
  constructor(
    private readonly queries: RolloutQueries,
    private readonly verbs: RolloutVerbs,
    private readonly views: RolloutViews,
    private readonly scopes: ScopeService,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'rollouts',
    summary: 'Rollouts, newest first',
    answer: page(rolloutSummary),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>, @Caller() caller: Principal) {
    const inScope = await this.scopes.of(caller);
    const filter = {
      phase: asked.phase ?? asked.state ?? null,
      policy: asked.policy ?? null,
      cluster: asked.cluster ?? null,
    };
    if (filter.cluster !== null && !inScope(filter.cluster)) return { items: [], nextCursor: null };
    const visible =
      caller.scope === null
        ? null
        : (rollout: Parameters<typeof withinScope>[0]) => withinScope(rollout, inScope) !== undefined;
    const found = await this.queries.list({ ...filter, visible }, { limit: asked.limit, cursor: asked.cursor ?? null });
    return { items: await this.views.summaries(found.items, inScope), nextCursor: found.nextCursor };
  }

  @Get(':id')
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'rollouts',
    summary: 'One rollout with its waves, clusters and restarts',
    answer: rolloutView,
  })
  get(@Param('id') id: string, @Caller() caller: Principal): Promise<RolloutView> {
    return this.views.one(id, caller);
  }

  @Post(verbPath('start', ':id'))
  @rolloutVerb('start', 'Start a rollout that waits for a person')
  @Idempotent()
  async start(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: startBody }) body: z.infer<typeof startBody>,
  ) {
    const { planHash } = body;
    await this.views.visible(id, caller);
    if (planHash !== undefined) await this.verbs.replanning.requirePlan(id, planHash);
    return this.act('start', { id, caller, request, why: body.reason }, planHash === undefined ? {} : { planHash });
  }

  @Post(verbPath('pause', ':id'))
  @rolloutVerb('pause', 'Start nothing new; what is under way finishes')
  @Idempotent()
  pause(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: plainBody }) body: z.infer<typeof plainBody>,
  ) {
    return this.act('pause', { id, caller, request, why: body.reason });
  }

  @Post(verbPath('resume', ':id'))
  @rolloutVerb('resume', 'Go on; a halted rollout goes on only with acceptFailures')
  @Idempotent()
  resume(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: resumeBody }) body: z.infer<typeof resumeBody>,
  ) {
    return this.act('resume', { id, caller, request, why: body.reason }, { acceptFailures: body.acceptFailures });
  }

  @Post(verbPath('cancel', ':id'))
  @rolloutVerb('cancel', 'End the rollout; what is under way finishes')
  @Idempotent()
  cancel(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: plainBody }) body: z.infer<typeof plainBody>,
  ) {
    return this.act('cancel', { id, caller, request, why: body.reason });
  }

  @Post(verbPath('retry', ':id'))
  @rolloutVerb('retry', 'Try what failed once more')
  @Idempotent()
  retry(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: plainBody }) body: z.infer<typeof plainBody>,
  ) {
    return this.act('retry', { id, caller, request, why: body.reason });
  }

  @Post(verbPath('skip', ':id'))
  @rolloutVerb('skip', 'Leave a wave or a cluster out')
  @Idempotent()
  skip(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: skipBody }) body: z.infer<typeof skipBody>,
  ) {
    const what = { wave: body.wave ?? null, cluster: body.cluster ?? null };
    return this.act('skip', { id, caller, request, why: body.reason }, what);
  }

  @Post(verbPath('replan', ':id'))
  @rolloutVerb('replan', 'Make a successor by the policy as it is now; the answer is that one')
  @Idempotent()
  async replan(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: plainBody }) body: z.infer<typeof plainBody>,
  ) {
    await this.requireWhole(id, caller);
    const by = { actor: caller.name, from: request.ip, why: body.reason ?? '' };
    return this.views.one((await this.verbs.replanning.replan(id, by)).id, caller);
  }

  /** A verb concerns every cluster of the rollout, except a skip that names one. */
  private async act(verb: MovingVerb, asked: Asked, args: VerbArguments = {}): Promise<RolloutView> {
    const { id, caller, request } = asked;
    if (args.cluster) await this.requireOne(id, args.cluster, caller);
    else await this.requireWhole(id, caller);
    await this.verbs.moving.verb(id, verb, { actor: caller.name, from: request.ip, why: asked.why ?? '' }, args);
    return this.views.one(id, caller);
  }

  private async requireWhole(id: string, caller: Principal): Promise<void> {
    await this.views.visible(id, caller);
    const stored = await this.queries.get(id);
    await this.scopes.requireAll(caller, stored?.rollout.targets.clusters() ?? []);
  }

  private async requireOne(id: string, cluster: string, caller: Principal): Promise<void> {
    await this.views.visible(id, caller);
    await this.scopes.requireAll(caller, [cluster]);
  }
}
