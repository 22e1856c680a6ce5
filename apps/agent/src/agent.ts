import { setTimeout as sleep } from 'node:timers/promises';
import { makeWorks, type Base, type ClusterFacts, type Works } from './agent-parts';
import { askedFor, LATE_KINDS } from './config/core/watched-kinds';
import { servedKinds } from './kube/discovery';
import { fingerprintKey } from './kube/fingerprint-key';
import { publishMetaInfo } from './meta-info';
import { readiness, type Check } from './ops/core/health';
import { OpsServer } from './ops/ops-server';
import { aborted } from './platform/aborted';

const BUDGET = 'PodDisruptionBudget';
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
/** For Events still to be written at the end. */
const FLUSH_MS = 1000;
/**
 * For what is under way at the end. Then the lead is given up all the same, so that the next one need not wait for the
 * Lease to run out: what may still be written names the version that it was made from, and counts once.
 */
const FINISH_MS = 3000;

/** One agent: from its start to its end. */
export class Agent {
  private readonly ops: OpsServer;
  private readonly stopping = new AbortController();
  private works: Works | null = null;
  private stoodBy = false;

  constructor(private readonly base: Base) {
    const { metrics, elector } = base;
    const probes = {
      ready: () => this.checks(),
      started: () => this.stoodBy || (this.works?.inventory.ready() ?? false),
      alive: () => elector?.isLost !== true,
    };
    this.ops = new OpsServer(probes, metrics);
    metrics.reading(() => ({
      pending: this.works?.inventory.pendingCount() ?? 0,
      hubConnected: this.works?.link?.status().connected ?? false,
    }));
  }

  /** Resolves when everything that exists is known and restarts may happen; waits for the API server as long as it takes. */
  async start(): Promise<void> {
    const { config, log } = this.base;
    const opsPort = await this.ops.listen(config.opsPort);
    void publishMetaInfo(this.base, this.stopping.signal);
    if (!(await this.lead(opsPort))) return;
    const cluster = await this.untilDone('the cluster can not be prepared', () => this.prepare());
    if (cluster === null) return;
    this.works = makeWorks(this.base, cluster);
    const { inventory, orders } = this.works;
    void orders.start().catch((error: unknown) => log.error({ err: error }, 'restarts can not be ordered'));
    inventory.start();
    await Promise.race([inventory.whenReady(), aborted(this.stopping.signal)]);
    if (this.stopping.signal.aborted) return;
    this.works.late.start();
    void this.works.adoption.start();
    const told = { opsPort, mode: config.hub ? 'hub' : 'standalone', pending: inventory.pendingCount() };
    log.info(told, this.stoodBy ? 'leading' : 'ready');
  }

  /** Starts nothing new, finishes the PATCHes under way, writes what is recorded. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.base.jobs.stop();
    const works = this.works ? this.stopWorks(this.works) : Promise.resolve();
    await within(FINISH_MS, works);
    this.base.observers.alerts?.stop();
    await within(FLUSH_MS, this.base.events.flush());
    await this.base.elector?.release();
    await works;
    await Promise.all([this.base.client.close(), this.base.unfenced.close()]);
    await this.ops.close();
  }

  /** Another replica may act by now: nothing more is begun, and what is under way gets no further. */
  async standDown(): Promise<void> {
    this.stopping.abort();
    this.base.jobs.stop();
    if (this.works) await this.stopWorks(this.works);
  }

  /** Waits until this replica is the one that acts. @returns false: it was stopped before. */
  private async lead(opsPort: number): Promise<boolean> {
    const { elector, log } = this.base;
    if (elector === null) return true;
    elector.onStandby((leader) => {
      log.info({ opsPort, leader }, this.stoodBy ? 'another replica leads now' : 'ready');
      this.stoodBy = true;
    });
    return elector.lead();
  }

  private async stopWorks({
    orders,
    late,
    adoption,
    restarts,
    link,
    watches,
    inventory,
    guards,
  }: Works): Promise<void> {
    orders.stop();
    late.stop();
    adoption.stop();
    await restarts.stop();
    await link?.stop();
    await watches.stop();
    await Promise.all([inventory.stop(), guards.stop()]);
  }

  private async prepare(): Promise<ClusterFacts> {
    const { client, store, jobs, config, log } = this.base;
    const tolerated = await store.ensureNamespace();
    if (tolerated !== null)
      log.info({ namespace: config.namespace, why: tolerated }, 'the namespace of the state was not made');
    const asked = askedFor(config.flags);
    const kinds = await servedKinds(client, asked, config.flags.namespaces?.[0] ?? null);
    const missing = asked.filter((kind) => kind !== 'DeploymentConfig' && !kinds.served.includes(kind));
    if (missing.length > 0) log.warn({ missing }, 'the cluster does not serve kinds that were asked for');
    const budgets = config.hub !== null && (await this.mayReadBudgets());
    await jobs.resume();
    const Link = config.hub && (await import('./link/hub-link.ws.js')).WebSocketHubLink;
    return { key: await fingerprintKey(store, config.fingerprintKey), kinds, budgets, Link };
  }

  /** Plans tell of budgets; without the right to read them they do not, and all else goes on. */
  private async mayReadBudgets(): Promise<boolean> {
    const { client, config, log } = this.base;
    const { served, hindered } = await servedKinds(client, [BUDGET], config.flags.namespaces?.[0] ?? null);
    if (hindered[BUDGET] !== undefined)
      log.info({ why: hindered[BUDGET] }, 'plans will not tell of disruption budgets');
    return served.length > 0;
  }

  /** Tries again until it works; null when the agent is stopped meanwhile. */
  private async untilDone<T>(what: string, attempt: () => Promise<T>): Promise<T | null> {
    for (let tries = 0; !this.stopping.signal.aborted; tries++) {
      try {
        return await attempt();
      } catch (error) {
        const retryMs = Math.min(FIRST_RETRY_MS * 2 ** tries, LONGEST_RETRY_MS);
        this.base.log.warn({ why: error instanceof Error ? error.message : String(error), retryMs }, what);
        await sleep(retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    return null;
  }

  private checks(): readonly Check[] {
    const { works } = this;
    const { elector } = this.base;
    return readiness({
      watches: works?.watches.status() ?? [],
      optionalKinds: [...LATE_KINDS, BUDGET],
      inventoryReady: works?.inventory.ready() ?? false,
      stopping: this.stopping.signal.aborted,
      leadership: elector && { leader: elector.leader(), lost: elector.isLost },
      hub: works?.link?.status() ?? null,
    });
  }
}

const within = (ms: number, work: Promise<void>): Promise<void> =>
  Promise.race([work, sleep(ms, undefined, { ref: false })]);
