import { Injectable } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import type { Result } from '@app/contracts/wire/agent-messages';
import { AuditLog } from '../audit/audit.log';
import { RolloutPorts } from '../rollout/rollout-ports';

/** What clusters did by themselves while no hub could be reached: no rollout knows of it, and none repeats it. */
@Injectable()
export class LocalRestarts {
  constructor(
    private readonly audit: AuditLog,
    private readonly ports: RolloutPorts,
  ) {}

  async record(cluster: string, result: Result): Promise<void> {
    const { workload, outcome, reason, message, toRevision, startedAt, finishedAt } = result;
    this.ports.metrics.restartsReported(outcome);
    await this.audit.append({
      actor: `agent/${cluster}`,
      from: cluster,
      action: 'restart.local',
      subject: `${cluster}/${objectKey(workload)}`,
      reason: 'HubUnreachable',
      detail: { authority: 'local', outcome, reason, message, revision: toRevision, startedAt, finishedAt },
    });
  }
}
