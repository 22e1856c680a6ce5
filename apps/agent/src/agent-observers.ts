import type { Logger } from 'pino';
import type { AgentConfig } from './config/agent-config';
import type { InventoryHooks } from './inventory/inventory.service';
import { Alerts } from './notify/alerts';
import { WebhookOrders } from './notify/webhook-orders';
import { ReloaderMetrics } from './ops/reloader-metrics';
import type { RestartHooks } from './restart/restart-hooks';

/** Who else is told what happens, as far as the configuration asks for it. They change nothing. */
export type Observers = Readonly<{
  alerts: Alerts | null;
  reloader: ReloaderMetrics | null;
  /** Where this is, it is in the place of restarts. */
  webhook: WebhookOrders | null;
}>;

export function makeObservers({ flags, modes, access }: AgentConfig, log: Logger): Observers {
  const { alerts, countByNamespace } = modes;
  const host = new URL(access.server).host;
  return {
    alerts: alerts && new Alerts(alerts, log),
    reloader: flags.reloaderMetrics ? new ReloaderMetrics({ countByNamespace, host }) : null,
    webhook: flags.webhookUrl && new WebhookOrders(flags.webhookUrl, flags.triggers, log),
  };
}

export const inventoryListeners = ({ reloader, webhook }: Observers): readonly Partial<InventoryHooks>[] => [
  ...(reloader ? [reloader.sources] : []),
  ...(webhook ? [{ sourceMoved: webhook.sourceMoved }] : []),
];

export const restartListeners = ({ reloader, alerts }: Observers): readonly Partial<RestartHooks>[] => [
  ...(reloader ? [reloader.restarts] : []),
  ...(alerts ? [{ restarted: alerts.restarted }] : []),
];
