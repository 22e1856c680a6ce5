import { UNLIMITED } from '../limits/unlimited';
import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { Cluster } from '../control-plane/cluster';
import { KubeClient } from '../kube';
import type { Agent } from '../processes/start-agent';
import { startAgent } from '../processes/start-agent';
import type { Hub } from '../processes/start-hub';
import { startHub } from '../processes/start-hub';
import type { RedisServer } from '../redis/redis-server';
import { startRedis } from '../redis/start-redis';
import { waitFor } from '../wait';
import type { ClusterSource, FleetOptions } from './fleet-options';
import { SECRET, WEB } from './fleet-options';

const ROLLOUT_TIMEOUT_MS = 60_000;

/** One cluster with its agent. */
export interface Member {
  readonly cluster: Cluster;
  readonly kube: KubeClient;
  readonly agent: Agent;
}

/**
 * A fleet as users have it: Redis, hub and one agent per cluster, each a process that may be killed. Every cluster has
 * a Deployment that reacts to the one Secret. Ready when the hub knows all of them.
 */
export class ProcessFleet {
  private readonly members = new Map<string, Member>();

  private constructor(
    readonly redis: RedisServer,
    readonly hub: Hub,
    private readonly source: ClusterSource,
    private readonly options: FleetOptions,
  ) {}

  static async start(source: ClusterSource, options: FleetOptions): Promise<ProcessFleet> {
    const redis = await startRedis({ own: true });
    const hub = await startHub({
      redisUrl: redis.url,
      ...(options.hubEnv && { env: options.hubEnv }),
    }).catch(async (error: unknown) => {
      await redis.stop();
      throw error;
    });
    const fleet = new ProcessFleet(redis, hub, source, options);
    try {
      await fleet.assemble();
      return fleet;
    } catch (error) {
      await fleet.stopAll();
      throw error;
    }
  }

  /** The clusters' names, in the order in which they were given. */
  get names(): string[] {
    return Object.keys(this.options.clusters);
  }

  cluster(name: string): Cluster {
    return this.member(name).cluster;
  }

  kube(name: string): KubeClient {
    return this.member(name).kube;
  }

  agent(name: string): Agent {
    return this.member(name).agent;
  }

  /** Asks the hub as its administrator; `path` is below `/api/v1`. Fails with the hub's answer unless it is a 2xx. */
  async call<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.hub.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.hub.token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** The first page of a list. */
  async items<T>(path: string): Promise<T[]> {
    return (await this.call<{ items: T[] }>('GET', path)).items;
  }

  /** Gives the Secret this content in these clusters (default: all). */
  async putSecret(data: Readonly<Record<string, string>>, clusters: readonly string[] = this.names): Promise<void> {
    await Promise.all(clusters.map((name) => this.kube(name).putSecret(SECRET, data)));
  }

  /** How often the Deployment of each cluster was restarted, by its ReplicaSets, in the order of `names`. */
  restarts(): Promise<number[]> {
    return Promise.all(this.names.map(async (name) => (await this.kube(name).replicaSets(WEB)).length - 1));
  }

  async untilRestarts(wanted: readonly number[]): Promise<void> {
    let seen: number[] = [];
    const look = async (): Promise<boolean> => {
      seen = await this.restarts();
      return seen.every((each, index) => each >= (wanted[index] ?? 0));
    };
    const describe = (): string => `saw ${seen.join(', ')}`;
    const options = { timeoutMs: ROLLOUT_TIMEOUT_MS, intervalMs: 100, describe };
    await waitFor(`restarts ${wanted.join(', ')} in ${this.names.join(', ')}`, look, options);
  }

  /** All rollouts, newest first; undefined while the hub can not tell. */
  async rollouts(): Promise<RolloutSummary[] | undefined> {
    return this.items<RolloutSummary>('/rollouts').catch(() => undefined);
  }

  rollout(id: string): Promise<RolloutView> {
    return this.call<RolloutView>('GET', `/rollouts/${id}`);
  }

  /** Waits until there are exactly `count` rollouts and all of them have this phase; gives the newest, whole. */
  async untilRollouts(count: number, phase: RolloutView['phase']): Promise<RolloutView> {
    const [newest] = await this.lookAtRollouts(`${count} rollouts ${phase}`, (all) => {
      return all.length === count && all.every((each) => each.phase === phase);
    });
    return this.rollout(newest?.id ?? '');
  }

  /** Waits until all rollouts, however many there are, have this phase. */
  async untilAllRollouts(phase: RolloutView['phase']): Promise<void> {
    await this.lookAtRollouts(`all rollouts ${phase}`, (all) => all.every((each) => each.phase === phase));
  }

  /** Starts the hub again, after ending it in good order when it runs. */
  restartHub(): Promise<void> {
    return this.hub.program.restart();
  }

  /** Starts an agent again, after ending it in good order when it runs. */
  restartAgent(name: string): Promise<void> {
    return this.agent(name).program.restart();
  }

  killRedis(): Promise<void> {
    return this.redis.kill();
  }

  restartRedis(): Promise<void> {
    return this.redis.restart();
  }

  async stopAll(): Promise<void> {
    const agents = [...this.members.values()].map(({ agent }) => agent.program.stop());
    await Promise.all([...agents, this.hub.program.stop()]);
    await Promise.all([this.source.stop(), this.redis.stop()]);
  }

  private lookAtRollouts(
    what: string,
    wanted: (all: readonly RolloutSummary[]) => boolean,
  ): Promise<readonly RolloutSummary[]> {
    let seen: readonly RolloutSummary[] | undefined;
    const look = async (): Promise<readonly RolloutSummary[] | false> => {
      seen = await this.rollouts();
      return seen !== undefined && wanted(seen) && seen;
    };
    const describe = (): string => JSON.stringify(seen?.map(({ id, phase, reason }) => ({ id, phase, reason })));
    return waitFor(what, look, { timeoutMs: ROLLOUT_TIMEOUT_MS, intervalMs: 100, describe });
  }

  private async assemble(): Promise<void> {
    await this.call('PUT', '/policies/default', {
      apiVersion: 'fleet-reloader.io/v1',
      kind: 'RolloutPolicy',
      metadata: { name: 'default' },
      spec: {
        ...{ rollout: this.options.rollout, coalesce: { quietPeriod: '1s' }, flap: { action: 'alert' } },
        limits: UNLIMITED,
        ...this.options.spec,
      },
    });
    const joined = await Promise.allSettled(this.names.map((name) => this.join(name)));
    const failed = joined.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    await waitFor('the inventory of every cluster', async () => {
      const known = await this.items<{ name: string }>('/workloads');
      return known.filter(({ name }) => name === WEB.name).length === this.names.length;
    });
  }

  private async join(name: string): Promise<void> {
    const cluster = await this.source.start(name);
    const kube = new KubeClient(cluster);
    await Promise.all([SECRET.namespace, 'fleet-reloader'].map((namespace) => kube.ensureNamespace(namespace)));
    await kube.putSecret(SECRET, this.options.secret);
    await kube.createDeployment(WEB, {
      annotations: { 'fleet-reloader.io/auto': 'true' },
      envSecrets: [SECRET.name],
      podAnnotations: { ...this.options.podAnnotations, ...this.options.podAnnotationsIn?.[name] },
    });
    await kube.untilRolledOut('Deployment', WEB);
    this.members.set(name, { cluster, kube, agent: await this.startAgentOf(cluster) });
  }

  private async startAgentOf(cluster: Cluster): Promise<Agent> {
    const labels = this.options.clusters[cluster.name] ?? {};
    const answer = await this.call<{ token: string }>('POST', '/enrolment-tokens', { cluster: cluster.name, labels });
    return startAgent({
      kubeconfigPath: cluster.kubeconfigPath,
      hubUrl: this.hub.url,
      clusterName: cluster.name,
      labels,
      enrolmentToken: answer.token,
      ...(await this.options.agent?.(cluster, this.hub)),
    });
  }

  private member(name: string): Member {
    const member = this.members.get(name);
    if (!member) throw new Error(`there is no cluster ${name} in this fleet`);
    return member;
  }
}
