import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { page, type SourceView, sourceView, type WorkloadView, workloadView } from '@app/contracts/api/views';
import { dnsLabel, type Labels, objectKey, objectName, sourceKind, workloadKind } from '@app/contracts/objects';
import { matchesSelector, parseSelector } from '@app/contracts/selector';
import { type SourceFact, WORKLOAD_STATES } from '@app/contracts/wire/facts';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { InventoryStore } from '../fleet/inventory.store';
import { ClusterRegistry } from '../fleet/registry';
import { InventoryQueries, type Listed } from './inventory.queries';
import { Operation } from './operation.decorator';
import { API, listQuery, pageRequest, selectorText } from './schemas';

const common = {
  ...listQuery,
  cluster: dnsLabel.optional(),
  namespace: dnsLabel.optional(),
  name: objectName.optional(),
  labelSelector: selectorText.default(''),
};
const sourceQuery = z.strictObject({ ...common, kind: sourceKind.optional() });
const workloadQuery = z.strictObject({
  ...common,
  kind: workloadKind.optional(),
  state: z.enum(WORKLOAD_STATES).optional(),
});
type CommonQuery = Pick<z.infer<typeof workloadQuery>, 'namespace' | 'name' | 'labelSelector'> & {
  kind?: string | undefined;
};
type AnyFact = Readonly<{ kind: string; namespace: string; name: string; labels: Labels }>;

/** What the agents reported: sources and workloads of the fleet. */
@Controller(API)
export class InventoryController {
  constructor(
    private readonly queries: InventoryQueries,
    private readonly inventory: InventoryStore,
    private readonly registry: ClusterRegistry,
    private readonly scopes: ScopeService,
  ) {}

  @Get('sources')
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'sources',
    summary: 'ConfigMaps and Secrets that workloads use, by cluster; revisions, never contents',
    answer: page(sourceView),
  })
  async sources(@Query({ schema: sourceQuery }) asked: z.infer<typeof sourceQuery>, @Caller() caller: Principal) {
    const clusters = await this.clusters(caller, asked.cluster);
    const { items, nextCursor } = await this.queries.sources({
      clusters,
      matches: matcher(asked),
      page: pageRequest(asked),
    });
    return { items: await Promise.all(items.map((item) => this.source(item))), nextCursor };
  }

  @Get('workloads')
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'workloads',
    summary: 'Workloads by cluster, with the revision they want and the one they have',
    answer: page(workloadView),
  })
  async workloads(@Query({ schema: workloadQuery }) asked: z.infer<typeof workloadQuery>, @Caller() caller: Principal) {
    const clusters = await this.clusters(caller, asked.cluster);
    const matches = matcher(asked);
    const wanted = {
      clusters,
      matches: (fact: AnyFact & { state: string }) => matches(fact) && (asked.state ?? fact.state) === fact.state,
    };
    const { items, nextCursor } = await this.queries.workloads({ ...wanted, page: pageRequest(asked) });
    return { items: items.map(({ cluster, fact }): WorkloadView => ({ cluster, ...fact })), nextCursor };
  }

  private async clusters(caller: Principal, one: string | undefined): Promise<readonly string[]> {
    const inScope = await this.scopes.of(caller);
    const names = (await this.registry.all()).map(({ name }) => name);
    return names.filter((name) => inScope(name) && (one ?? name) === name);
  }

  private async source({ cluster, fact }: Listed<SourceFact>): Promise<SourceView> {
    const { kind, namespace, name, labels, revision, changedAt } = fact;
    const usedBy = [...(await this.inventory.usersOf(cluster, objectKey(fact)))];
    return { cluster, kind, namespace, name, labels, revision, changedAt, quarantinedUntil: null, usedBy };
  }
}

function matcher({ kind, namespace, name, labelSelector }: CommonQuery): (fact: AnyFact) => boolean {
  const selector = parseSelector(labelSelector);
  return (fact) =>
    (kind ?? fact.kind) === fact.kind &&
    (namespace ?? fact.namespace) === fact.namespace &&
    (name ?? fact.name) === fact.name &&
    matchesSelector(selector, fact.labels);
}
