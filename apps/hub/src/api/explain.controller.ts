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

const namedSource = z.object({ kind: sourceKind, namespace: dnsLabel.optional(), name: objectName });
/** Of the longest kind, with the longest namespace and name that there are, and room to spare. */
const LONGEST_SOURCE = 384;
const sourceText = z
  .string()
  .max(LONGEST_SOURCE)
  .transform((text, context) => {
    const parts = text.split('/');
    const [kind, namespace] = parts;
    const parsed = namedSource.safeParse({ kind, name: parts.at(-1), ...(parts.length === 3 ? { namespace } : {}) });
    if (parsed.success && (parts.length === 2 || parts.length === 3)) return parsed.data;
    const kinds = SOURCE_KINDS.join(', ');
    context.addIssue({ code: 'custom', message: `must be KIND/NAME or KIND/NAMESPACE/NAME with KIND one of ${kinds}` });
    return z.NEVER;
  });

const query = z
  .strictObject({
    cluster: clusterName,
    namespace: dnsLabel,
    kind: workloadKind,
    name: objectName,
    source: sourceText.optional(),
  })
  .refine(({ namespace, source }) => (source?.namespace ?? namespace) === namespace, {
    path: ['source'],
    message: 'must lie in the namespace of the workload: it can use no other',
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
