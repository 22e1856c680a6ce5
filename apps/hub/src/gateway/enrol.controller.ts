import { type EnrolRequest, enrolRequest, type EnrolResponse } from '@app/contracts/wire/enrolment';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Public } from '../access/access.decorator';
import type { HubRequest } from '../access/principal';
import { AuditLog } from '../audit/audit.log';
import { Enrolment, EnrolmentRefused } from '../fleet/enrolment.service';
import { ClusterRegistry } from '../fleet/registry';
import { Problem } from '../http/core/problem';

/** Where agents trade their single-use token for an identity. The token is the credential: there is no other. */
@Controller('agent/v1')
@Public()
export class EnrolController {
  constructor(
    private readonly enrolment: Enrolment,
    private readonly registry: ClusterRegistry,
    private readonly audit: AuditLog,
  ) {}

  @Post('enrol')
  @HttpCode(200)
  async enrol(@Body({ schema: enrolRequest }) body: EnrolRequest, @Req() request: HubRequest): Promise<EnrolResponse> {
    try {
      const { response, repeated } = await this.enrolment.enrol(body);
      if (!repeated)
        await this.note(request, response.cluster, `enrolled as ${response.state}`, { state: response.state });
      return response;
    } catch (error) {
      if (!(error instanceof EnrolmentRefused)) throw error;
      const { status, code, detail, claims } = error.refusal;
      if (claims !== undefined) await this.registry.claimed(claims);
      await this.note(request, body.cluster ?? '', detail, { outcome: 'refused', code });
      throw new Problem(status, code, detail);
    }
  }

  /** What happened stands, whether or not it could be written down. */
  private async note(
    request: HubRequest,
    cluster: string,
    reason: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    const entry = { actor: 'agent', from: request.ip, action: 'clusters.enrol', subject: cluster, reason, detail };
    const written = 'outcome' in detail ? this.audit.appendRefusal(entry) : this.audit.append(entry);
    await written.catch(() => undefined);
  }
}
