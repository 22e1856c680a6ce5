import { Body, Controller, Delete, Get, Headers, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { z } from 'zod';
import { page, type PolicyView, policyView } from '@app/contracts/api/views';
import { DNS_LABEL } from '@app/contracts/objects';
import { urgencyOf } from '@app/contracts/policy/urgency';
import { Caller } from '../access/access.decorator';
import type { HubRequest, Principal } from '../access/principal';
import { invalid } from '../http/core/problem';
import { verbPath } from '../http/core/verb-path';
import { RolloutAlarm } from '../rollout/rollout-alarm';
import { type Expected, PolicyService, type VersionedPolicy } from '../policy/policy.service';
import { expectedVersion } from './core/entity-tag';
import { pageOf } from './core/page';
import { JsonOrYaml, Operation } from './operation.decorator';
import { API, listQuery, pageRequest } from './schemas';
import { timeText } from '../platform/core/times';

const query = z.strictObject(listQuery);
const validated = z.object({
  valid: z.literal(true),
  name: z.string().nullable(),
  warnings: policyView.shape.warnings,
});
/** Headers of a conditional request. */
type Conditions = HubRequest['headers'];
interface Reply {
  header(name: string, value: string): unknown;
}

@Controller(`${API}/policies`)
export class PoliciesController {
  constructor(
    private readonly policies: PolicyService,
    private readonly alarm: RolloutAlarm,
  ) {}

  @Get()
  @Operation({
    role: 'viewer',
    verb: 'list',
    resource: 'policies',
    summary: 'Policies by name',
    answer: page(policyView),
  })
  async list(@Query({ schema: query }) asked: z.infer<typeof query>) {
    return pageOf(
      (await this.policies.snapshot()).map((each) => this.view(each)),
      ({ name }) => name,
      pageRequest(asked),
    );
  }

  @Get(':name')
  @Operation({
    role: 'viewer',
    verb: 'get',
    resource: 'policies',
    summary: 'One policy, with its version as ETag',
    answer: policyView,
  })
  async get(@Param('name') name: string, @Res({ passthrough: true }) reply: Reply): Promise<PolicyView> {
    return this.tagged(await this.policies.get(name), reply);
  }

  @Put(':name')
  @Operation({
    role: 'admin',
    verb: 'put',
    resource: 'policies',
    fleetWide: true,
    summary: 'Create or replace a policy',
    answer: policyView,
  })
  @JsonOrYaml()
  async put(
    @Param('name') name: string,
    @Body() document: unknown,
    @Req() { headers, principal }: HubRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<PolicyView> {
    if (!DNS_LABEL.test(name)) throw invalid('{name}', 'a policy has the name of a DNS label');
    const writer = { name: principal?.name ?? '', origin: 'api' } as const;
    const stored = await this.policies.put(name, document, writer, conditionOf(headers));
    this.alarm.ring();
    return this.tagged(stored, reply);
  }

  @Delete(':name')
  @Operation({
    role: 'admin',
    verb: 'delete',
    resource: 'policies',
    fleetWide: true,
    summary: 'Remove a policy; rollouts under way go on',
  })
  async remove(
    @Param('name') name: string,
    @Headers() headers: Conditions,
    @Caller() caller: Principal,
  ): Promise<void> {
    await this.policies.delete(name, { name: caller.name, origin: 'api' }, conditionOf(headers));
    this.alarm.ring();
  }

  @Post(verbPath('validate'))
  @Operation({
    role: 'viewer',
    verb: 'validate',
    resource: 'policies',
    looksOnly: true,
    summary: 'Check a policy document without storing it',
    answer: validated,
  })
  @JsonOrYaml()
  async validate(@Body() document: unknown): Promise<z.infer<typeof validated>> {
    const { policy, warnings } = await this.policies.validate(
      document,
      isOneLineAlone(document) ? NAMELESS : undefined,
    );
    return { valid: true, name: policy.name === NAMELESS ? null : policy.name, warnings: [...warnings] };
  }

  private tagged(policy: VersionedPolicy, reply: Reply): PolicyView {
    reply.header('ETag', `"${policy.version}"`);
    return this.view(policy);
  }

  private view(policy: VersionedPolicy): PolicyView {
    return { ...view(policy), warnings: [...this.policies.warningsOf(policy)] };
  }
}

/** A policy of one line may leave its name to the address that it is put to. */
const NAMELESS = '';
const isOneLineAlone = (document: unknown): boolean =>
  typeof document === 'object' && document !== null && 'rollout' in document && !('name' in document);

function conditionOf(headers: Conditions): Expected {
  const expected = expectedVersion(headers['if-match'], headers['if-none-match']);
  if (expected === undefined) throw invalid('If-Match', 'If-Match has to be an ETag of this API or *, If-None-Match *');
  return expected;
}

const view = ({
  policy,
  version,
  document,
  origin,
  updatedAt,
  updatedBy,
}: VersionedPolicy): Omit<PolicyView, 'warnings'> => ({
  name: policy.name,
  version,
  priority: policy.priority,
  urgency: urgencyOf(policy),
  enabled: policy.enabled,
  origin,
  document: { ...document },
  updatedAt: timeText(updatedAt),
  updatedBy,
});
