import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { type ExplainView, explainView } from '@app/contracts/api/views';
import { clusterName, dnsLabel, objectName, SOURCE_KINDS, sourceKind, workloadKind } from '@app/contracts/objects';
import { Caller } from '../access/access.decorator';
import type { Principal } from '../access/principal';
import { ScopeService } from '../access/scope.service';
import { explain } from './core/explain';
import { EvidenceService } from './evidence.service';
import { Operation } from './operation.decorator';
import { API } from './schemas';

const sourceText = z
  .string()
  .max(320)
  .transform((text, context) => {
    const [kind, name, ...more] = text.split('/');
    const parsed = z.object({ kind: sourceKind, name: objectName }).safeParse({ kind, name });
    if (parsed.success && more.length === 0) return parsed.data;
    context.addIssue({ code: 'custom', message: `must be KIND/NAME with KIND one of ${SOURCE_KINDS.join(', ')}` });
    return z.NEVER;
  });

const query = z.strictObject({
  cluster: clusterName,
  namespace: dnsLabel,
  kind: workloadKind,
  name: objectName,
  source: sourceText.optional(),
});

@Controller(`${API}/explain`)
export class ExplainController {
  constructor(
    private readonly evidence: EvidenceService,
    private readonly scopes: ScopeService,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'explain',
    summary: 'Why a workload did, or did not, restart: the ordered checks, and what comes next',
    answer: explainView,
  })
  async get(@Query({ schema: query }) asked: z.infer<typeof query>, @Caller() caller: Principal): Promise<ExplainView> {
    await this.scopes.requireCluster(caller, asked.cluster);
    const { cluster, namespace, kind, name, source } = asked;
    const sourceRef = source ? { ...source, namespace } : null;
    return explain(await this.evidence.collect({ cluster, workloadRef: { kind, namespace, name }, sourceRef }));
  }
}
