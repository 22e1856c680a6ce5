import type { Logger } from 'pino';
import type { AgentConfig } from '../config/agent-config';
import type { Inventory } from '../inventory/inventory.port';
import type { Workbench } from '../inventory/workbench.port';
import type { KubeEvents } from '../kube/kube.port';
import { orderHooks } from '../ops/hooks';
import { systemClock } from '../platform/clock';
import { PROGRESS_DEADLINE_MS } from '../standalone/core/local-order';
import { type FallbackParts, FallbackService } from './fallback.service';

type Parts = Pick<FallbackParts, 'restarts' | 'link'> & Readonly<{ inventory: Inventory & Workbench }>;

/** What the agent does while its hub can not be reached. */
export function makeFallback(
  { config, log, events }: Readonly<{ config: AgentConfig; log: Logger; events: KubeEvents }>,
  { inventory, restarts, link }: Parts,
): FallbackService {
  return new FallbackService(
    { inventory, workbench: inventory, restarts, link, clock: systemClock },
    {
      whenUnreachable: config.hub?.whenUnreachable ?? { kind: 'hold' },
      coalesceMs: config.flags.coalesceMs,
      progressDeadlineMs: PROGRESS_DEADLINE_MS,
      told: (what, outOfTouchMs) =>
        what === 'begins'
          ? log.warn(
              { outOfTouchMs },
              'the hub can not be reached: what does not want to wait for it restarts by itself',
            )
          : log.info('the hub is back: it decides again'),
      order: orderHooks(log, events),
    },
  );
}
