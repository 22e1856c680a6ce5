import { Body, Controller, Get, Param, Post, Query, Req } from '@nestjs/common';
import { z } from 'zod';
import { GATE_STATES, type GateView, gateView as gateShape } from '@app/contracts/api/gates';
import { page } from '@app/contracts/api/views';
import { Caller } from '../access/access.decorator';
import type { HubRequest, Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { GatesService } from '../gates/gates.service';
import { notFound } from '../http/core/problem';
import { verbPath } from '../http/core/verb-path';
import { RolloutQueries } from '../rollout/rollout.queries';
import type { GateVerb } from '../rollout/core/gate-verdict';
import { findGate, gatesOf } from '../rollout/core/gates';
import type { Rollout } from '../rollout/core/model';
import { gateView } from './core/gate-view';
import { pageOf } from './core/page';
import { withinScope } from './core/rollout-view';
import { Idempotent, Operation } from './operation.decorator';
import { API, listQuery, pageRequest, reason } from './schemas';

/** In any letter case; `pending` is what other tools call a gate that waits for a decision. */
const state = z
  .string()
  .transform((text) => (text.toLowerCase() === 'pending' ? 'Open' : text))
  .transform((text) => GATE_STATES.find((known) => known.toLowerCase() === text.toLowerCase()))
  .refine((known) => known !== undefined, `must be one of ${GATE_STATES.join(', ')}`);
const query = z.strictObject({ ...listQuery, state: state.optional(), rollout: z.string().min(1).max(128).optional() });
const decisionBody = z.strictObject({ reason: reason.default('') }).default({ reason: '' });

const decision = (verb: GateVerb, summary: string): MethodDecorator =>
  Operation({ role: 'approver', verb, resource: 'gates', recordedByStore: true, summary, answer: gateShape });

@Controller(`${API}/gates`)
export class GatesController {
  constructor(
    private readonly queries: RolloutQueries,
    private readonly gates: GatesService,
    private readonly scopes: ScopeService,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'gates',
    summary: 'Gates that have opened, of rollouts that are not over; with `rollout` every gate of that one',
    answer: page(gateShape),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>, @Caller() caller: Principal) {
    const inScope = await this.scopes.of(caller);
    const seen = (await this.rollouts(asked.rollout)).flatMap((rollout) => withinScope(rollout, inScope) ?? []);
    const wanted = seen.flatMap(viewsOf).filter((gate) => isWanted(gate, asked));
    return pageOf([...wanted].sort(byId), ({ id }) => id, pageRequest(asked));
  }

  @Post(verbPath('approve', ':id'))
  @decision('approve', 'Let a gate through; once said it is not taken back')
  @Idempotent()
  approve(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: decisionBody }) body: z.infer<typeof decisionBody>,
  ): Promise<GateView> {
    return this.decide('approve', { id, caller, request, why: body.reason });
  }

  @Post(verbPath('reject', ':id'))
  @decision('reject', 'Halt the rollout at a gate')
  @Idempotent()
  reject(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: HubRequest,
    @Body({ schema: decisionBody }) body: z.infer<typeof decisionBody>,
  ): Promise<GateView> {
    return this.decide('reject', { id, caller, request, why: body.reason });
  }

  private async rollouts(id: string | undefined): Promise<readonly Rollout[]> {
    const found = id === undefined ? await this.queries.active() : [await this.queries.get(id)];
    return found.flatMap((stored) => (stored ? [stored.rollout] : []));
  }

  /** What lies behind a gate concerns every cluster of the rollout. */
  private async decide(verb: GateVerb, { id, caller, request, why }: Asked): Promise<GateView> {
    const rollout = rolloutOf(id);
    const [stored] = await this.rollouts(rollout);
    const inScope = await this.scopes.of(caller);
    const seen = stored && withinScope(stored, inScope);
    if (!stored || !seen || !findGate(stored, id)) throw notFound(`gate ${id}`);
    await this.scopes.requireAll(caller, stored.targets.clusters());
    const by = { actor: caller.name, from: request.ip, why };
    const after = await this.gates.decide(rollout, { gate: id, verb, bearer: caller, by });
    const view = viewsOf(after).find((gate) => gate.id === id);
    if (!view) throw notFound(`gate ${id}`);
    return view;
  }
}

type Asked = Readonly<{ id: string; caller: Principal; request: HubRequest; why: string }>;

/** A gate's id begins with that of its rollout. */
const rolloutOf = (gate: string): string => gate.slice(0, Math.max(0, gate.indexOf('.')));

const viewsOf = ({ id, waves }: Rollout): readonly GateView[] =>
  waves.flatMap((wave) => gatesOf(wave).map((gate) => gateView(id, wave.name, gate)));

function isWanted(gate: GateView, { state: wanted, rollout }: z.infer<typeof query>): boolean {
  if (wanted !== undefined) return gate.state === wanted;
  return rollout !== undefined || gate.openedAt !== null;
}

const byId = (a: GateView, b: GateView): number => (a.id < b.id ? -1 : 1);
