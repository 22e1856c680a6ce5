import { Controller, Get, Query } from '@nestjs/common';
import { type ConvergenceView, convergenceView } from '@app/contracts/api/views';
import { objectKey, type SourceRef, sourceRef } from '@app/contracts/objects';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { InventoryStore } from '../fleet/inventory.store';
import { ClusterRegistry } from '../fleet/registry';
import { convergenceOf } from './core/convergence';
import { Operation } from './operation.decorator';
import { API } from './schemas';

@Controller(`${API}/convergence`)
export class ConvergenceController {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly inventory: InventoryStore,
    private readonly scopes: ScopeService,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'convergence',
    summary: 'Which clusters run the present revision of a source; unknown never counts',
    answer: convergenceView,
  })
  async get(@Query({ schema: sourceRef }) ref: SourceRef, @Caller() caller: Principal): Promise<ConvergenceView> {
    const inScope = await this.scopes.of(caller);
    const clusters = (await this.inventory.clustersUsing(objectKey(ref))).filter(inScope);
    const present = await this.registry.presence(clusters);
    const online = (cluster: string): boolean => present.get(cluster)?.connection === 'online';
    return {
      items: await Promise.all(clusters.map((cluster) => this.item({ ref, cluster, online: online(cluster) }))),
    };
  }

  private async item({
    ref,
    cluster,
    online,
  }: {
    ref: SourceRef;
    cluster: string;
    online: boolean;
  }): Promise<ConvergenceView['items'][number]> {
    const key = objectKey(ref);
    const [source, users] = await Promise.all([
      this.inventory.source(cluster, key),
      this.inventory.usersOf(cluster, key),
    ]);
    const facts = await Promise.all(users.map((user) => this.inventory.workload(cluster, user)));
    return convergenceOf(ref, { cluster, online, source, users: facts.flatMap((fact) => fact ?? []) });
  }
}
