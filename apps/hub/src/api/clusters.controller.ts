import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { type ClusterView, clusterView, page } from '@app/contracts/api/views';
import { clusterLabels } from '@app/contracts/objects';
import { matchesSelector, parseSelector } from '@app/contracts/selector';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { ClusterRegistry } from '../fleet/registry';
import { notFound } from '../http/core/problem';
import { verbPath } from '../http/core/verb-path';
import { ClusterChanges, type ClusterVerb } from './cluster-changes';
import { ClusterViews } from './cluster-views';
import { pageOf } from './core/page';
import { Idempotent, Operation } from './operation.decorator';
import { API, listQuery, pageRequest, reason, selectorText } from './schemas';

const query = z.strictObject({ ...listQuery, labelSelector: selectorText.default('') });
const labelsBody = z.strictObject({ labels: clusterLabels });
const verbBody = z.strictObject({ reason: reason.optional() }).default({});
type VerbBody = z.infer<typeof verbBody>;

const verb = (name: ClusterVerb, role: 'operator' | 'admin', summary: string): MethodDecorator =>
  Operation({ role, verb: name, resource: 'clusters', summary, answer: clusterView });

@Controller(`${API}/clusters`)
export class ClustersController {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly views: ClusterViews,
    private readonly scopes: ScopeService,
    private readonly changes: ClusterChanges,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'clusters',
    summary: 'Clusters by name',
    answer: page(clusterView),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>, @Caller() caller: Principal) {
    const selector = parseSelector(asked.labelSelector);
    const inScope = await this.scopes.of(caller);
    const records = (await this.registry.all()).filter(
      (record) => inScope(record.name) && matchesSelector(selector, record.labels),
    );
    const { items, nextCursor } = pageOf(records, ({ name }) => name, pageRequest(asked));
    return { items: await this.views.of(items), nextCursor };
  }

  @Get(':name')
  @Operation({ role: 'viewer', verb: 'get', resource: 'clusters', summary: 'One cluster', answer: clusterView })
  async get(@Param('name') name: string, @Caller() caller: Principal): Promise<ClusterView> {
    await this.scopes.requireCluster(caller, name);
    return this.view(name);
  }

  @Patch(':name')
  @Operation({
    role: 'admin',
    verb: 'update',
    resource: 'clusters',
    fleetWide: true,
    summary: 'Replace the labels of a cluster',
    answer: clusterView,
  })
  async label(
    @Param('name') name: string,
    @Body({ schema: labelsBody }) body: z.infer<typeof labelsBody>,
  ): Promise<ClusterView> {
    await this.changes.label(name, body.labels);
    return this.view(name);
  }

  @Delete(':name')
  @Operation({
    role: 'admin',
    verb: 'delete',
    resource: 'clusters',
    fleetWide: true,
    summary: 'Forget a cluster; its agent has to enrol again',
  })
  remove(@Param('name') name: string): Promise<void> {
    return this.changes.remove(name);
  }

  @Post(verbPath('approve', ':name'))
  @verb('approve', 'admin', 'Let a waiting cluster in')
  @Idempotent()
  async approve(
    @Param('name') name: string,
    @Caller() caller: Principal,
    @Body({ schema: verbBody }) _body: VerbBody,
  ): Promise<ClusterView> {
    return this.act('approve', name, caller);
  }

  @Post(verbPath('drain', ':name'))
  @verb('drain', 'operator', 'Start nothing new in the cluster')
  @Idempotent()
  async drain(
    @Param('name') name: string,
    @Caller() caller: Principal,
    @Body({ schema: verbBody }) _body: VerbBody,
  ): Promise<ClusterView> {
    return this.act('drain', name, caller);
  }

  @Post(verbPath('undrain', ':name'))
  @verb('undrain', 'operator', 'Let restarts start in the cluster again')
  @Idempotent()
  async undrain(
    @Param('name') name: string,
    @Caller() caller: Principal,
    @Body({ schema: verbBody }) _body: VerbBody,
  ): Promise<ClusterView> {
    return this.act('undrain', name, caller);
  }

  @Post(verbPath('revoke', ':name'))
  @verb('revoke', 'admin', 'End the session of the agent and let it in no more')
  @Idempotent()
  async revoke(
    @Param('name') name: string,
    @Caller() caller: Principal,
    @Body({ schema: verbBody }) _body: VerbBody,
  ): Promise<ClusterView> {
    return this.act('revoke', name, caller);
  }

  private async act(verb: ClusterVerb, name: string, caller: Principal): Promise<ClusterView> {
    await this.scopes.requireCluster(caller, name);
    await this.changes.carryOut(verb, name);
    return this.view(name);
  }

  private async view(name: string): Promise<ClusterView> {
    const record = await this.registry.get(name);
    if (!record) throw notFound(`cluster ${name}`);
    const [view] = await this.views.of([record]);
    if (!view) throw notFound(`cluster ${name}`);
    return view;
  }
}
