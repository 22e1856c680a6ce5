import { BaselineStore } from '../inventory/baseline-store';
import type { Budgets } from '../inventory/budgets';
import { RELOADER_KEYS } from '../inventory/core/annotation-keys';
import { NO_TRIGGERS } from '../inventory/core/absence';
import { Fingerprinter } from '../inventory/fingerprint';
import { type InventoryOptions, InventoryService } from '../inventory/inventory.service';
import type { SecretReaderParts } from '../inventory/secret-reader';
import type { Order } from '../restart/core/order';
import type { Ending } from '../restart/follower';
import { GuardStore } from '../restart/guard-store';
import { Stragglers } from '../restart/stragglers.service';
import { type RestartOptions, RestartService } from '../restart/restart.service';
import type { FakeCluster } from './fake-cluster';
import type { TestClock } from './test-clock';

const OPTIONS: InventoryOptions = {
  keys: RELOADER_KEYS,
  autoReloadAll: false,
  ignoredKinds: [],
  runSuspendedCronJobs: false,
  triggers: NO_TRIGGERS,
  kinds: ['ConfigMap', 'Secret', 'Deployment', 'StatefulSet', 'DaemonSet'],
  awaited: [],
};

/** What the agent's hooks told. */
export type Told = {
  noDataChange: number;
  misunderstood: readonly string[];
  trouble: string[];
  ended: Readonly<{ order: Order; ending: Ending }>[];
  delayed: string[];
  resumed: string[];
};

export type TestAgent = Readonly<{
  inventory: InventoryService;
  baselines: BaselineStore;
  guards: GuardStore;
  restarts: RestartService;
  told: Told;
}>;

export type TestOptions = Partial<RestartOptions & InventoryOptions> &
  Readonly<{
    /** Of Secrets only the metadata is watched, and this reads one. */
    readSecret?: SecretReaderParts['read'];
    budgets?: Budgets;
  }>;

/** An agent over a cluster in memory; everything but Kubernetes and the time is what runs in a real one. */
export function testAgent(
  cluster: FakeCluster,
  clock: TestClock,
  key: Buffer = Buffer.alloc(32, 1),
  options: TestOptions = {},
): TestAgent {
  const told: Told = { noDataChange: 0, misunderstood: [], trouble: [], ended: [], delayed: [], resumed: [] };
  const trouble = (what: string): void => void told.trouble.push(what);
  const baselines = new BaselineStore(cluster, trouble, clock);
  const { readSecret, budgets = null } = options;
  const inventory = new InventoryService(
    {
      watches: cluster,
      baselines,
      fingerprinter: new Fingerprinter(key),
      secrets: readSecret ? { read: readSecret, clock, trouble } : null,
      budgets,
    },
    { ...OPTIONS, ...options },
    {
      noDataChange: () => (told.noDataChange += 1),
      sourceMoved: () => undefined,
      misunderstood: (_workload, warnings) => (told.misunderstood = warnings),
      otherReloader: () => undefined,
      trouble,
    },
  );
  const guards = new GuardStore(cluster, clock, trouble);
  const restarts = new RestartService(
    { workbench: inventory, kube: cluster, events: cluster, guards, clock },
    { markers: 'annotation', pausedAt: RELOADER_KEYS.pausedAt, forcedAllowed: false, maxPerMinute: null, ...options },
    {
      ended: (order, ending) => told.ended.push({ order, ending }),
      patched: () => undefined,
      restarted: () => undefined,
      queued: () => undefined,
      taken: () => undefined,
      delayed: (_order, why) => told.delayed.push(why),
      resumed: ({ name }) => told.resumed.push(name),
      resumeDelayed: (_workload, why) => told.delayed.push(why),
    },
  );
  new Stragglers({ workbench: inventory, kube: cluster, clock, trouble });
  return { inventory, baselines, guards, restarts, told };
}
