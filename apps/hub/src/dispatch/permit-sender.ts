import { Inject, Injectable } from '@nestjs/common';
import type { Permit } from '@app/contracts/wire/hub-messages';
import { AGENT_OUTBOUND, type AgentOutbound } from '../gateway/agent.port';
import { HubMetrics } from '../ops/metrics';
import type { Effect, Instant } from '../rollout/core/model';

type Waiting = Readonly<{ since: Instant | null; now: () => Instant }>;
type Revoke = Extract<Effect, { type: 'revoke' }>;

/** Hands permits to agents, wherever their sessions are, and counts what becomes of that. */
@Injectable()
export class PermitSender {
  constructor(
    @Inject(AGENT_OUTBOUND) private readonly outbound: AgentOutbound,
    private readonly metrics: HubMetrics,
  ) {}

  /**
   * @param waiting since when the agent was to hear of it; null when it has begun already and only is asked once more.
   * @returns whether all of them were sent.
   */
  async send(cluster: string, permits: readonly Permit[], waiting: Waiting): Promise<boolean> {
    const sent = await Promise.all(permits.map((permit) => this.one(cluster, permit, waiting)));
    return sent.every(Boolean);
  }

  async revoke({ cluster, fence }: Revoke, rollout: string): Promise<void> {
    await this.outbound.cancel(cluster, { rollout, fence });
  }

  private async one(cluster: string, permit: Permit, { since, now }: Waiting): Promise<boolean> {
    try {
      const sent = await this.outbound.permit(cluster, permit);
      if (!sent) this.metrics.dispatches('offline');
      else this.metrics.dispatches('sent', since === null ? undefined : (now() - since) / 1000);
      return sent;
    } catch (error) {
      this.metrics.dispatches('failed');
      throw error;
    }
  }
}
