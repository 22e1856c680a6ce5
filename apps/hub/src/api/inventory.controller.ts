import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { page, type SourceView, sourceView, type WorkloadView, workloadView } from '@app/contracts/api/views';
import { dnsLabel, objectKey, objectName, sourceKind, workloadKind } from '@app/contracts/objects';
import { parseSelector } from '@app/contracts/selector';
import { WORKLOAD_STATES } from '@app/contracts/wire/facts';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { FlapStore } from '../change/restraint/flap.store';
import type { InventoryFilter, PageRequest } from '../fleet/core/inventory-page';
import type { Page } from './core/page';
import { Clock } from '../platform/clock';
import { Operation } from './operation.decorator';
import { API, listQuery, selectorText } from './schemas';
import { SeenInventory } from './seen-inventory';
import { timeOrNull } from '../platform/core/times';

const common = {
  ...listQuery,
  cluster: dnsLabel.optional(),
  namespace: dnsLabel.optional(),
  name: objectName.optional(),
  labelSelector: selectorText.default(''),
  /** Of a workload; of a source: of some workload that uses it. */
  state: z.enum(WORKLOAD_STATES).optional(),
};
const sourceQuery = z.strictObject({ ...common, kind: sourceKind.optional() });
const workloadQuery = z.strictObject({ ...common, kind: workloadKind.optional() });
type Asked = z.infer<typeof workloadQuery> | z.infer<typeof sourceQuery>;

/** What the agents reported: sources and workloads of the fleet. */
@Controller(API)
export class InventoryController {
  constructor(
    private readonly inventory: SeenInventory,
    private readonly scopes: ScopeService,
    private readonly flap: FlapStore,
    private readonly clock: Clock,
  ) {}

  @Get('sources')
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'sources',
    summary: 'ConfigMaps and Secrets that workloads use, by cluster: revisions, never contents',
    answer: page(sourceView),
  })
  async sources(
    @Query({ schema: sourceQuery }) asked: z.infer<typeof sourceQuery>,
    @Caller() caller: Principal,
  ): Promise<Page<SourceView>> {
    const found = await this.inventory.sourcesOf(...(await this.request(asked, caller)));
    const ends = found.items.length === 0 ? NONE : await this.flap.lasting(this.clock.now());
    const items = found.items.map((source) => ({
      ...source,
      usedBy: [...source.usedBy],
      quarantinedUntil: timeOrNull(ends.get(objectKey(source)) ?? null),
    }));
    return { items, nextCursor: found.nextCursor };
  }

  @Get('workloads')
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'workloads',
    summary: 'Workloads by cluster, with the revision that they want and the one they have',
    answer: page(workloadView),
  })
  async workloads(
    @Query({ schema: workloadQuery }) asked: z.infer<typeof workloadQuery>,
    @Caller() caller: Principal,
  ): Promise<Page<WorkloadView>> {
    const found = await this.inventory.workloadsOf(...(await this.request(asked, caller)));
    return { items: [...found.items], nextCursor: found.nextCursor };
  }

  private async request(asked: Asked, caller: Principal): Promise<[InventoryFilter, PageRequest]> {
    const filter = {
      cluster: asked.cluster ?? null,
      namespace: asked.namespace ?? null,
      kind: asked.kind ?? null,
      name: asked.name ?? null,
      state: asked.state ?? null,
      labels: asked.labelSelector === '' ? null : parseSelector(asked.labelSelector),
      visible: caller.scope === null ? null : await this.scopes.of(caller),
    };
    return [filter, { limit: asked.limit, cursor: asked.cursor ?? null }];
  }
}

const NONE: ReadonlyMap<string, number> = new Map();
