import { Injectable, Logger } from '@nestjs/common';
import { isTerminalRollout } from '@app/contracts/phases';
import { ClockInDoubt, type ClockMoves } from '../platform/clock';
import { HubMeta, StoreRecovering } from '../platform/hub-meta';
import type { Effect, Rollout } from '../rollout/core/model';
import { allTaken, permitsFor, waitsSince } from './core/permit';
import { DispatchMemory, type Revocation } from './dispatch-memory';
import { PermitSender } from './permit-sender';

/** Nobody holds a session of the cluster: its next connection sends, this is only the net below it. */
const NO_SESSION_MS = 30_000;

/**
 * Sends what rollouts want sent, from their stored state alone. What was stored and not sent, for whatever reason, is sent
 * again when its `due` entry comes up, until the agent has acknowledged it.
 */
@Injectable()
export class Dispatcher {
  private readonly logger = new Logger(Dispatcher.name);

  constructor(
    private readonly memory: DispatchMemory,
    private readonly meta: HubMeta,
    private readonly sender: PermitSender,
  ) {}

  /**
   * Has at hand what every permit needs, while the caller reads other things.
   * @returns the steps of the clock that a new rollout's timers are right for.
   * @throws ClockInDoubt, StoreRecovering when nothing may be started.
   */
  async prepare(): Promise<ClockMoves> {
    if (this.memory.clock.guarded()) throw new ClockInDoubt();
    if ((await this.meta.current()).recovering) throw new StoreRecovering();
    return this.memory.clock.moves();
  }

  /** Carries out effects right after they were stored. Failures are left to the `due` entries. */
  async run(rollout: Rollout, effects: readonly Effect[]): Promise<void> {
    await Promise.all(
      effects.map((effect) => this.act(rollout, effect).catch((error: unknown) => this.failed(rollout, error))),
    );
  }

  private async act(rollout: Rollout, effect: Effect): Promise<void> {
    if (effect.type === 'dispatch') await this.send(rollout, effect.cluster);
    if (effect.type === 'revoke') await this.sender.revoke(effect, rollout.id);
  }

  /**
   * A stored permit may not have been sent: sends it again, or forgets about it when there is nothing left to send.
   * @param rollout as it is stored; undefined: it is gone.
   */
  async ring(id: string, cluster: string, rollout: Rollout | undefined): Promise<void> {
    const sent = rollout !== undefined && (await this.send(rollout, cluster));
    if (sent === 'nothing' || rollout === undefined) await this.memory.forget(id, cluster);
    if (sent === 'offline') await this.memory.postpone(id, cluster, NO_SESSION_MS);
  }

  /** A session is up: sends everything that the cluster may not have got. */
  async sendOpen(rollouts: readonly Rollout[], cluster: string): Promise<void> {
    await Promise.all(rollouts.map((rollout) => this.send(rollout, cluster)));
  }

  /** The agent has taken these permits in. */
  async acknowledged(rollout: Rollout, cluster: string, permits: readonly string[]): Promise<void> {
    if (allTaken(rollout, cluster, permits)) await this.memory.forget(rollout.id, cluster);
  }

  /** Revocations that may not have reached the cluster. */
  revoked(cluster: string): Promise<readonly Revocation[]> {
    return this.memory.revoked(cluster);
  }

  private async send(rollout: Rollout, cluster: string): Promise<'sent' | 'offline' | 'nothing'> {
    if (isTerminalRollout(rollout.phase)) return 'nothing';
    const { hubEpoch, recovering } = await this.meta.current();
    if (recovering) return 'offline'; // looked at again later, like a cluster that is away
    const now = (): number => this.memory.clock.now();
    const permits = permitsFor(rollout, cluster, { hubEpoch, at: now() });
    if (permits.length === 0) return 'nothing';
    const sent = await this.sender.send(cluster, permits, { since: waitsSince(rollout, cluster), now });
    return sent ? 'sent' : 'offline';
  }

  private failed(rollout: Rollout, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.logger.warn({
      msg: 'a message to an agent could not be sent now and is tried again',
      rollout: rollout.id,
      why,
    });
  }
}
