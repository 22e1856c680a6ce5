import { Injectable } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import type { Result } from '@app/contracts/wire/agent-messages';
import { AuditLog } from '../../audit/audit.log';
import { Keys } from '../../platform/keys';
import { StateRedis } from '../../platform/redis';
import { RolloutPorts } from '../../rollout/rollout-ports';

/** Agents tell again within minutes, or when they are back. */
const NOTED_SECONDS = 7 * 86_400;

/** What clusters did by themselves while no hub could be reached: no rollout knows of it, and none repeats it. */
@Injectable()
export class LocalRestarts {
  constructor(
    private readonly audit: AuditLog,
    private readonly ports: RolloutPorts,
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** What is told again, as long as it is the last of its workload, is recorded once. */
  async record(cluster: string, result: Result): Promise<void> {
    const { workload, outcome, reason, message, toRevision, startedAt, finishedAt } = result;
    const last = this.keys.noted(`local|${cluster}|${objectKey(workload)}`);
    const now = `${finishedAt} ${toRevision} ${outcome}`;
    if ((await this.redis.get(last)) === now) return;
    await this.audit.append({
      actor: `agent/${cluster}`,
      from: cluster,
      action: 'restart.local',
      subject: `${cluster}/${objectKey(workload)}`,
      reason: 'HubUnreachable',
      detail: { authority: 'local', outcome, reason, message, revision: toRevision, startedAt, finishedAt },
    });
    this.ports.metrics.restartsReported(outcome);
    await this.redis.set(last, now, 'EX', NOTED_SECONDS);
  }
}
