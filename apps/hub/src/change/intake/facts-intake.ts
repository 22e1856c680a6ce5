import { Injectable, Logger } from '@nestjs/common';
import type { Report } from '@app/contracts/wire/agent-messages';
import { isPending } from '@app/contracts/wire/facts';
import { InventoryStore } from '../../fleet/inventory.store';
import type { AgentSession, Snapshot } from '../../gateway/agent.port';
import { HubMeta } from '../../platform/hub-meta';
import { ChangeService } from '../judging/change.service';
import { SwiftStart } from '../swift/swift-start';

/** Facts in: stored first, then judged. What is stored reminds the hub of itself until it has been judged. */
@Injectable()
export class FactsIntake {
  private readonly logger = new Logger(FactsIntake.name);

  constructor(
    private readonly inventory: InventoryStore,
    private readonly changes: ChangeService,
    private readonly swift: SwiftStart,
    private readonly meta: HubMeta,
  ) {}

  digest(cluster: string): Promise<string> {
    return this.inventory.digest(cluster);
  }

  async report(session: AgentSession, report: Report): Promise<void> {
    // Asked along with the write: a change must not wait for one answer after the other.
    const policies = report.workloads.some(isPending) ? this.changes.policies() : undefined;
    const swift = policies && this.swift.report(session, report, policies);
    const applied = (swift && (await swift)) ?? (await this.inventory.apply(session, report));
    this.judge(session.cluster, this.changes.observe(session.cluster, applied, policies));
  }

  async snapshot(session: AgentSession, snapshot: Snapshot): Promise<void> {
    await this.inventory.replace(session, snapshot);
    await this.meta.told(session.cluster);
    this.lookAt(session.cluster);
  }

  /** The facts of an older session are fenced off from now on. */
  claim(session: AgentSession): Promise<void> {
    return this.inventory.claim(session);
  }

  /** What nobody has judged so far is judged. */
  lookAt(cluster: string): void {
    this.judge(cluster, this.changes.lookAt(cluster));
  }

  /** Not waited for: the agent's frame is safe already, and its next one must not wait for a rollout to be planned. */
  private judge(cluster: string, judged: Promise<void>): void {
    judged.catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      this.logger.warn({ msg: 'a change could not be judged now and is looked at again', cluster, why });
    });
  }
}
