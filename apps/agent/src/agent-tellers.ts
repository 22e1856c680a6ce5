import type { Logger } from 'pino';
import type { AgentConfig } from './config/agent-config';
import type { InventoryService } from './inventory/inventory.service';
import { MissingSources } from './inventory/missing-sources';
import type { KubeEvents } from './kube/kube.port';
import { jobEnded, sourcesMissing } from './ops/hooks';
import { systemClock } from './platform/clock';
import { JobEnds } from './restart/job-ends';

type TellerParts = Readonly<{ config: Pick<AgentConfig, 'flags'>; log: Logger; events: KubeEvents }>;

/** Those that only tell people what they see in the inventory. */
export function makeTellers({ config, log, events }: TellerParts, inventory: InventoryService): void {
  new JobEnds({ workbench: inventory, events, ended: jobEnded(log) });
  // Where a selector hides sources, nobody knows which exist.
  if (config.flags.sourceLabelSelector !== '') return;
  new MissingSources({ inventory, workbench: inventory, events, clock: systemClock, told: sourcesMissing(log) });
}
