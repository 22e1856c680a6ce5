import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { permitAck, progress, Report, Result } from '@app/contracts/wire/agent-messages';
import type { Revocation } from '../../dispatch/dispatch-memory';
import type { AgentInbound, AgentSession, Snapshot } from '../../gateway/agent.port';
import { FactsIntake } from './facts-intake';
import { LocalRestarts } from './local-restarts';
import { RolloutWatch } from './rollout-watch';
import { WorkIntake } from './work-intake';

/** Where the agents' messages go: facts to the inventory, answers to the rollouts. */
@Injectable()
export class Intake implements AgentInbound {
  constructor(
    private readonly facts: FactsIntake,
    private readonly work: WorkIntake,
    private readonly local: LocalRestarts,
    private readonly watch: RolloutWatch,
  ) {}

  async connected(session: AgentSession): Promise<void> {
    await this.facts.claim(session);
    await this.work.connected(session.cluster);
    this.facts.lookAt(session.cluster); // last: what was deferred may just have been released
  }

  resend({ cluster }: AgentSession): Promise<void> {
    return this.work.resend(cluster);
  }

  disconnected(session: AgentSession): Promise<void> {
    return this.work.disconnected(session.cluster);
  }

  inventoryDigest(cluster: string): Promise<string> {
    return this.facts.digest(cluster);
  }

  revoked(cluster: string): Promise<readonly Revocation[]> {
    return this.work.revoked(cluster);
  }

  async report(session: AgentSession, report: Report): Promise<void> {
    await this.facts.report(session, report);
    this.watch.told(session.cluster, report);
  }

  async snapshot(session: AgentSession, snapshot: Snapshot): Promise<void> {
    await this.facts.snapshot(session, snapshot);
    this.watch.told(session.cluster, snapshot);
  }

  permitAck({ cluster }: AgentSession, ack: z.infer<typeof permitAck>): Promise<void> {
    return this.work.permitAck(cluster, ack);
  }

  progress({ cluster }: AgentSession, message: z.infer<typeof progress>): Promise<void> {
    return this.work.progress(cluster, message);
  }

  result({ cluster }: AgentSession, result: Result): Promise<void> {
    return result.authority === 'local' ? this.local.record(cluster, result) : this.work.result(cluster, result);
  }
}
