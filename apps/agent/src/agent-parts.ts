import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { objectKey } from '@app/contracts/objects';
import { inventoryListeners, type Observers, restartListeners } from './agent-observers';
import { makeTellers } from './agent-tellers';
import type { AgentConfig } from './config/agent-config';
import { type LateKind, lateKinds, type OptionalKind, watchedKinds } from './config/core/watched-kinds';
import { annotationKeys } from './config/chosen-keys';
import { BaselineStore } from './inventory/baseline-store';
import { Budgets } from './inventory/budgets';
import { Fingerprinter } from './inventory/fingerprint';
import { type InventoryParts, InventoryService } from './inventory/inventory.service';
import { Adoption } from './inventory/adoption';
import { LateKinds } from './inventory/late-kinds';
import { type CallObserver, KubeClient } from './kube/client';
import { type ServedKinds, servedKinds } from './kube/discovery';
import { ApiKubeEvents } from './kube/events.kube';
import { JobRecreation } from './kube/job-recreation';
import { readSource } from './kube/sources.kube';
import { ApiKubeStore } from './kube/store.kube';
import { ApiKubeWorkloads } from './kube/workloads.kube';
import { makeFallback } from './fallback/make-fallback';
import type { HubContact, HubLink } from './link/hub-link.port';
import type { WebSocketHubLink } from './link/hub-link.ws';
import { VERSION } from './ops/build-info';
import { adoptionHooks, inventoryHooks, lateKindsHooks, restartHooks, troubleTo, watchObserver } from './ops/hooks';
import { joined } from './ops/core/joined';
import type { Metrics } from './ops/metrics';
import { makeElector } from './leadership/make-elector';
import type { LeaderElector } from './leadership/leader-elector';
import { systemClock } from './platform/clock';
import { GuardStore } from './restart/guard-store';
import { PermitService } from './restart/permit.service';
import { RestartService } from './restart/restart.service';
import { Stragglers } from './restart/stragglers.service';
import { makeStandalone } from './standalone/make-standalone';
import { StreamingKubeWatches } from './watch/kube-watches';

/** What needs the API server only: made first. */
export type Base = Readonly<{
  config: AgentConfig;
  log: Logger;
  metrics: Metrics;
  observers: Observers;
  client: KubeClient;
  /** Writes also while another replica leads, and waits for no call of the other client. */
  unfenced: KubeClient;
  /** null: the only replica. */
  elector: LeaderElector | null;
  store: ApiKubeStore;
  jobs: JobRecreation;
  events: ApiKubeEvents;
}>;

export type BaseParts = Readonly<{
  log: Logger;
  metrics: Metrics;
  observers: Observers;
  /** Told once, when this replica led and must not act any more. */
  lost: (why: string) => void;
}>;

/** Who orders restarts, or does something else in their place. */
type Orders = Readonly<{ start(): Promise<void>; stop(): void }>;

/** What decides and acts: made when the cluster's fingerprint key is known. */
export type Works = Readonly<{
  watches: StreamingKubeWatches;
  inventory: InventoryService;
  late: LateKinds<LateKind>;
  /** What Reloader left behind, compared once. */
  adoption: Adoption;
  restarts: RestartService;
  guards: GuardStore;
  /** null: standalone. */
  link: (HubLink & HubContact) | null;
  /** Who orders restarts: the hub's permits, or the agent by itself. */
  orders: Orders;
}>;

export function makeBase(config: AgentConfig, { log, metrics, observers, lost: lostLead }: BaseParts): Base {
  const observeCall: CallObserver = (verb, code, seconds) => {
    metrics.apiRequest(verb, code);
    observers.reloader?.observeCall(verb, code, seconds);
  };
  const options = {
    access: config.access,
    userAgent: `fleet-reloader-agent/${VERSION}`,
    observe: observeCall,
  };
  const unfenced = new KubeClient(options);
  const elector = makeElector(config.modes.leadership, unfenced, { log, lost: lostLead });
  const client = new KubeClient(elector ? { ...options, mayWrite: () => elector.leads() } : options);
  const lost = (why: string): void => {
    metrics.eventLost();
    log.debug({ why }, 'a Kubernetes Event is lost');
  };
  const store = new ApiKubeStore(client, config.namespace);
  return {
    config,
    log,
    metrics,
    observers,
    client,
    unfenced,
    elector,
    store,
    jobs: new JobRecreation(client, store, {
      pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
      told: (workload, what) => log.info({ workload: objectKey(workload) }, what),
    }),
    events: new ApiKubeEvents(client, { instance: config.instance, lost }),
  };
}

/** What the cluster was asked for before anything is watched. */
export type ClusterFacts = Readonly<{
  /** Fingerprint key. Secret. */
  key: Buffer;
  /** Kinds beyond Kubernetes' own: which it serves. */
  kinds: ServedKinds<OptionalKind>;
  /** Whether what budgets say is told; only a hub wants to know. */
  budgets: boolean;
  /** What connects with a hub; null: there is none. Loaded only then: it is a quarter of the program. */
  Link: typeof WebSocketHubLink | null;
}>;

export function makeWorks(base: Base, cluster: ClusterFacts): Works {
  const { config, log, metrics, observers, client, store, events } = base;
  const { flags } = config;
  const trouble = troubleTo(log);
  const fingerprinter = new Fingerprinter(cluster.key);
  const watches = new StreamingKubeWatches(flags, {
    client,
    observer: watchObserver(log, metrics),
    random: Math.random,
  });
  const budgets = cluster.budgets ? new Budgets() : null;
  const inventory = new InventoryService(
    { watches, baselines: new BaselineStore(store, trouble), fingerprinter, secrets: secretParts(base), budgets },
    {
      keys: annotationKeys(flags.annotationKeys),
      autoReloadAll: flags.autoReloadAll,
      ignoredKinds: flags.ignoredKinds,
      runSuspendedCronJobs: flags.runSuspendedCronJobs,
      kinds: watchedKinds(flags, cluster.kinds.served),
      awaited: lateKinds(flags).filter((kind) => !cluster.kinds.served.includes(kind)),
      triggers: flags.triggers,
    },
    joined(inventoryHooks(log, metrics, events), ...inventoryListeners(observers)),
  );
  if (budgets) watches.start('PodDisruptionBudget', budgets);
  const late = makeLateKinds(base, cluster, inventory);
  const guards = new GuardStore(store, systemClock, trouble);
  const restarts = makeRestarts(base, inventory, guards);
  makeTellers(base, inventory);
  const link = makeLink(base, cluster, inventory, fingerprinter.keyId);
  observers.reloader?.reading({
    waiting: () => restarts.waiting(),
    isUsed: (key) => inventory.source(key) !== undefined,
  });
  const orders = makeOrders(base, { inventory, restarts, guards, link });
  const adoption = new Adoption(
    { inventory, workbench: inventory, source: (ref) => readSource(client, ref), clock: systemClock },
    adoptionHooks(log),
  );
  return { watches, inventory, late, adoption, restarts, guards, link, orders };
}

/** Who carries restarts out, and who finds out what a source left behind that went back to what it was. */
function makeRestarts(base: Base, inventory: InventoryService, guards: GuardStore): RestartService {
  const { config, log, metrics, observers, client, events } = base;
  const { flags } = config;
  const kube = new ApiKubeWorkloads(client, base.jobs);
  if (!observers.webhook) new Stragglers({ workbench: inventory, kube, clock: systemClock, trouble: troubleTo(log) });
  return new RestartService(
    { workbench: inventory, kube, events, guards, clock: systemClock },
    {
      markers: flags.markers,
      pausedAt: flags.annotationKeys['pause-deployment-time-annotation'],
      forcedAllowed: flags.forcedAllowed,
      maxPerMinute: flags.maxRestartsPerMinute,
    },
    joined(restartHooks(log, metrics), ...restartListeners(observers)),
  );
}

/** null: Secrets are watched with their data. */
const secretParts = ({ config, client, log }: Base): InventoryParts['secrets'] =>
  config.flags.secretsMetadataOnly
    ? { read: (ref) => readSource(client, ref), clock: systemClock, trouble: troubleTo(log) }
    : null;

function makeOrders(
  { config, log, events, observers: { webhook } }: Base,
  { inventory, restarts, guards, link }: Pick<Works, 'inventory' | 'restarts' | 'guards' | 'link'>,
): Orders {
  if (webhook) return { start: () => webhook.start(inventory.whenReady()), stop: () => webhook.stop() };
  if (link) {
    const permits = new PermitService({ inventory, restarts, guards, link }, systemClock, troubleTo(log));
    const fallback = makeFallback({ config, log, events }, { inventory, restarts, link });
    return {
      start: async () => void (await Promise.all([permits.start(), fallback.start()])),
      stop: () => [permits, fallback].forEach((one) => one.stop()),
    };
  }
  return makeStandalone({ config, log, events }, { inventory, restarts });
}

function makeLateKinds(base: Base, cluster: ClusterFacts, inventory: InventoryService): LateKinds<LateKind> {
  const { client, config, log } = base;
  const kinds = lateKinds(config.flags);
  const isLate = (kind: OptionalKind): kind is LateKind => kinds.some((one) => one === kind);
  const now = { served: cluster.kinds.served.filter(isLate), hindered: cluster.kinds.hindered };
  const parts = {
    discover: (asked: readonly LateKind[]) => servedKinds(client, asked, config.flags.namespaces?.[0] ?? null),
    watch: (kind: LateKind) => inventory.watch(kind),
    unwatch: (kind: LateKind) => inventory.unwatch(kind),
    clock: systemClock,
  };
  return new LateKinds(parts, { kinds, everyMs: config.flags.discoveryMs }, lateKindsHooks(log), now);
}

function makeLink(
  { config, log, store, elector }: Base,
  { Link }: ClusterFacts,
  inventory: InventoryService,
  keyId: string,
): WebSocketHubLink | null {
  const { hub, clusterName, clusterLabels } = config;
  if (hub === null || Link === null) return null;
  const options = {
    hubUrl: hub.url.href,
    clusterName,
    clusterLabels,
    enrolmentToken: hub.enrolmentToken,
    hubCa: hub.caCertificate,
    keyId,
    agentVersion: VERSION,
    agentEpoch: elector?.epoch() ?? 0,
  };
  return new Link(options, inventory, store, log);
}
