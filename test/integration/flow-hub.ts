import { Global, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { RolloutPhase } from '@app/contracts/phases';
import { parsePolicy } from '@app/contracts/policy/parse';
import { ChangeModule } from '../../apps/hub/src/change/change.module';
import { PolicySource, type PolicyVersion } from '../../apps/hub/src/policy/policies.port';
import { loadHubConfig } from '../../apps/hub/src/config/hub-config';
import { PresenceStore } from '../../apps/hub/src/fleet/registry-presence';
import { RegistryModule } from '../../apps/hub/src/fleet/registry.module';
import {
  AGENT_INBOUND,
  AGENT_OUTBOUND,
  type AgentInbound,
  type AgentOutbound,
  type OutOfTouch,
} from '../../apps/hub/src/gateway/agent.port';
import { HubMetrics } from '../../apps/hub/src/ops/metrics';
import { Keys } from '../../apps/hub/src/platform/keys';
import { PlatformModule } from '../../apps/hub/src/platform/platform.module';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { StoreGate } from '../../apps/hub/src/platform/store-gate';
import { StoredPolicies } from '../../apps/hub/src/policy/stored-policies.module';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { RolloutQueries } from '../../apps/hub/src/rollout/rollout.queries';
import { WakeModule } from '../../apps/hub/src/wake/wake.module';
import { UNLIMITED } from '@test/limits/unlimited';
import { waitFor } from '@test/wait';
import { FlowAgent, rev } from './flow-agent';

/** Policies that a spec sets, in the place of the stored ones. */
export class SpecPolicies implements PolicySource {
  private policies: readonly PolicyVersion[] = [];

  /** @param spec the `spec` of a full policy; changes are not gathered, and may be many, unless it says so. */
  set(name: string, spec: object, version = 1): void {
    const coalesced = { coalesce: { quietPeriod: '0s' }, flap: { action: 'alert' }, limits: UNLIMITED, ...spec };
    const document = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name }, spec: coalesced };
    const parsed = parsePolicy(document, name);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    this.policies = [...this.policies.filter(({ policy }) => policy.name !== name), { version, policy: parsed.policy }];
  }

  snapshot(): Promise<readonly PolicyVersion[]> {
    return Promise.resolve(this.policies);
  }
}

@Global()
@Module({ providers: [HubMetrics], exports: [HubMetrics] })
class MetricsModule {}

/** The agents of a spec's fleet; a hub sends to them as long as they are connected. */
export class Fleet implements AgentOutbound {
  readonly agents = new Map<string, FlowAgent>();
  /** Since when, epoch milliseconds. */
  readonly away = new Map<string, number>();

  permit(...[cluster, permit]: Parameters<AgentOutbound['permit']>): Promise<boolean> {
    const agent = this.away.has(cluster) ? undefined : this.agents.get(cluster);
    agent?.receive(permit);
    return Promise.resolve(agent !== undefined);
  }

  outOfTouch(clusters: readonly string[]): Promise<readonly OutOfTouch[]> {
    const gone = clusters.filter((cluster) => this.away.has(cluster) || !this.agents.has(cluster));
    return Promise.resolve(gone.map((cluster) => ({ cluster, since: this.away.get(cluster) ?? 0 })));
  }

  cancel(...[cluster, message]: Parameters<AgentOutbound['cancel']>): Promise<boolean> {
    const agent = this.away.has(cluster) ? undefined : this.agents.get(cluster);
    agent?.cancelled.push(message);
    return Promise.resolve(agent !== undefined);
  }
}

/** One hub replica without its network: everything from an agent's message to a permit, on a real Redis. */
export class FlowHub {
  private stopped: Promise<void> | undefined;

  private constructor(
    readonly module: TestingModule,
    readonly fleet: Fleet,
  ) {}

  static async start(
    url: string,
    prefix: string,
    parts: Readonly<{ fleet: Fleet; policies: SpecPolicies; env?: Readonly<Record<string, string>> }>,
  ): Promise<FlowHub> {
    const changes = ChangeModule.with([StoredPolicies]);
    const config = loadHubConfig({ REDIS_URL: url, REDIS_PREFIX: prefix, LOG_LEVEL: 'silent', ...parts.env });
    const module = await Test.createTestingModule({
      imports: [PlatformModule.with(config), MetricsModule, RegistryModule, changes, WakeModule.with([changes])],
    })
      .overrideProvider(AGENT_OUTBOUND)
      .useValue(parts.fleet)
      .overrideProvider(PolicySource)
      .useValue(parts.policies)
      .compile();
    module.useLogger(false);
    await module.init();
    await module.get(StoreGate).opened;
    return new FlowHub(module, parts.fleet);
  }

  /** Ends it as SIGTERM does, once. */
  stop(): Promise<void> {
    this.stopped ??= this.module.close();
    return this.stopped;
  }

  get inbound(): AgentInbound {
    return this.module.get<AgentInbound>(AGENT_INBOUND);
  }

  get redis(): StateRedis {
    return this.module.get(StateRedis);
  }

  get keys(): Keys {
    return this.module.get(Keys);
  }

  async rollouts(): Promise<readonly Rollout[]> {
    const all = { phase: null, policy: null, cluster: null, visible: null };
    const page = await this.module.get(RolloutQueries).list(all, { limit: 100, cursor: null });
    return page.items.map(({ rollout }) => rollout);
  }

  /** The rollouts that are in a phase, as soon as there are this many. */
  inPhase(phase: RolloutPhase, count = 1): Promise<readonly [Rollout, ...Rollout[]]> {
    return waitFor(`${count} rollouts that are ${phase}`, async () => {
      const [first, ...others] = (await this.rollouts()).filter((rollout) => rollout.phase === phase);
      return first && others.length + 1 >= count ? [first, ...others] : undefined;
    });
  }

  /** Waits until nothing is left to be judged and no timer is near: whatever had to happen has happened. */
  settled(): Promise<boolean> {
    return waitFor('everything to be judged', async () => {
      const near = await this.redis.zcount(this.keys.due(), '-inf', Date.now() + 6000);
      return near === 0;
    });
  }

  /** Registers a cluster, connects its agent and tells the hub where it stands: current on revision A. */
  async join(
    cluster: string,
    labels: Readonly<Record<string, string>> = {},
    workloads?: readonly string[],
  ): Promise<FlowAgent> {
    const record = {
      ...{ name: cluster, labels, uid: `uid-${cluster}`, publicKey: 'k'.repeat(43), state: 'Approved', credVersion: 1 },
      ...{ drained: false, agentVersion: '1', kubernetesVersion: '1', createdAt: 0, candidate: null },
    };
    await this.redis.hset(this.keys.clusters(), cluster, JSON.stringify(record));
    const agent = new FlowAgent(cluster, () => this.inbound, rev('A'), workloads);
    this.fleet.agents.set(cluster, agent);
    await this.connect(agent);
    await agent.snapshot();
    return agent;
  }

  /** A new session of an agent that tells where it stands before anybody acts on it, as the gateway has it. */
  connectAnew(agent: FlowAgent): Promise<void> {
    return this.connect(agent, () => agent.snapshot());
  }

  /** A new session of the agent. */
  async connect(agent: FlowAgent, told: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.fleet.away.delete(agent.cluster);
    const { cluster, session } = agent.session;
    const { sessionEpoch } = await this.module.get(PresenceStore).open({ cluster, session }, 'spec');
    agent.session = { ...agent.session, sessionEpoch };
    await told();
    await this.inbound.connected(agent.session);
  }

  async disconnect(agent: FlowAgent): Promise<void> {
    this.fleet.away.set(agent.cluster, Date.now());
    await this.module.get(PresenceStore).close(agent.session);
    await this.inbound.disconnected(agent.session);
  }
}
