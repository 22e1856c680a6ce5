import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { type Recovery, recoveryText } from '../platform/core/recovery';
import { StateRedis } from '../platform/redis';
import { StoreGate } from '../platform/store-gate';
import type { ProbeResult } from './core/probe-text';

/** Shorter than the kubelet's own patience of 1 s. */
const PING_TIMEOUT_MS = 500;
const PING_CACHE_MS = 1000;

/** What is known of the fleet: clusters by display state, and whom the hub has to hear since the store was lost. */
export interface FleetHealth {
  agents(): Promise<ReadonlyMap<string, number>>;
  /** null: nobody is waited for. */
  recovery(): Promise<Recovery | null>;
}

/** Why policies of files are not in force; empty: they are. */
export type PolicySight = Readonly<{ fault: string }>;

/** Whether this replica should get requests: Redis answers and may be used, and nobody asked it to stop. */
@Injectable()
export class Readiness {
  private fleet: FleetHealth = { agents: () => Promise.resolve(new Map()), recovery: () => Promise.resolve(null) };

  private policies: PolicySight | null = null;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly redis: StateRedis,
    private readonly gate: StoreGate,
  ) {}

  /** Connects the checks that make the hub degraded, never down: offline agents, and a store that was lost. */
  watchFleet(fleet: FleetHealth): void {
    this.fleet = fleet;
  }

  /** Connects the check whether the policies of the files are those in force: degraded, never down. */
  watchPolicies(policies: PolicySight): void {
    this.policies = policies;
  }

  async check(): Promise<ProbeResult> {
    try {
      return await this.health.check([
        () => this.redisAnswers(),
        () => this.storeAccepted(),
        () => this.agents(),
        () => this.recovery(),
        ...(this.policies === null ? [] : [this.followed(this.policies)]),
      ]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as ProbeResult;
      throw error;
    }
  }

  private async redisAnswers(): Promise<HealthIndicatorResult> {
    const attempt = this.indicators.check('redis').attempt(async () => void (await this.redis.ping()));
    return attempt.withTimeout(PING_TIMEOUT_MS).cacheFor(PING_CACHE_MS);
  }

  /** Persistence and `noeviction`: a store that may forget must not be the store of record. */
  private storeAccepted(): HealthIndicatorResult {
    const { state, problems } = this.gate.state();
    const session = this.indicators.check('store');
    if (state === 'open')
      return this.redis.refusal === '' ? session.up() : session.down({ message: this.redis.refusal });
    return session.down({ message: state === 'refused' ? problems.join('; ') : 'Redis does not answer' });
  }

  private agents(): Promise<HealthIndicatorResult> {
    return this.ofFleet('agents', async () => {
      const states = await this.fleet.agents();
      const total = [...states.values()].reduce((sum, count) => sum + count, 0);
      const away = (states.get('Offline') ?? 0) + (states.get('Suspect') ?? 0);
      return away === 0 ? null : `${away}/${total} agents offline`;
    });
  }

  private recovery(): Promise<HealthIndicatorResult> {
    return this.ofFleet('recovery', async () => {
      const recovery = await this.fleet.recovery();
      return recovery === null ? null : recoveryText(recovery);
    });
  }

  /** What the store knows of the fleet. @param look what is wrong with it; null: nothing. */
  private async ofFleet(name: string, look: () => Promise<string | null>): Promise<HealthIndicatorResult> {
    const session = this.indicators.check(name);
    if (this.gate.state().state !== 'open') return session.up({ message: 'not known while the store is away' });
    try {
      const message = await look();
      return message === null ? session.up() : session.degraded({ message });
    } catch {
      return session.up({ message: 'not known now' });
    }
  }

  private followed(policies: PolicySight): () => HealthIndicatorResult {
    const session = this.indicators.check('policies');
    return () => (policies.fault === '' ? session.up() : session.degraded({ message: policies.fault }));
  }
}
