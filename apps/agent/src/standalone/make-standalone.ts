import type { Logger } from 'pino';
import type { AgentConfig } from '../config/agent-config';
import type { KubeEvents } from '../kube/kube.port';
import { orderHooks, suspendedHook } from '../ops/hooks';
import { systemClock } from '../platform/clock';
import { PROGRESS_DEADLINE_MS } from './core/local-order';
import { StandaloneService, type StandaloneParts } from './standalone.service';

/** Who orders restarts where there is no hub. */
export const makeStandalone = (
  { config, log, events }: Readonly<{ config: AgentConfig; log: Logger; events: KubeEvents }>,
  parts: Omit<StandaloneParts, 'clock'>,
): StandaloneService =>
  new StandaloneService(
    { ...parts, clock: systemClock },
    {
      coalesceMs: config.flags.coalesceMs,
      progressDeadlineMs: PROGRESS_DEADLINE_MS,
      order: orderHooks(log, events),
      suspended: suspendedHook(log, events),
    },
  );
