import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { objectKey } from '@app/contracts/objects';
import { isTerminalRollout } from '@app/contracts/phases';
import type { permitAck, progress, Result } from '@app/contracts/wire/agent-messages';
import type { Revocation } from '../../dispatch/dispatch-memory';
import { Dispatcher } from '../../dispatch/dispatcher';
import type { Rollout, RolloutEvent, Target } from '../../rollout/core/model';
import { RolloutUnknown, RolloutUnreadable } from '../../rollout/rollout-errors';
import { RolloutPorts } from '../../rollout/rollout-ports';
import { RolloutService } from '../../rollout/rollout.service';
import { type OpenTarget, RolloutStore } from '../../rollout/rollout.store';

/** What agents say about the work they were given. */
@Injectable()
export class WorkIntake {
  constructor(
    private readonly store: RolloutStore,
    private readonly rollouts: RolloutService,
    private readonly dispatcher: Dispatcher,
    private readonly ports: RolloutPorts,
  ) {}

  /** Rollouts that wait for the cluster look again, and what it may have missed is sent again. */
  async connected(cluster: string): Promise<void> {
    const open = await this.store.openIn(cluster);
    await Promise.all(open.map((work) => this.resume(cluster, work)));
  }

  /** Sends again what the cluster may have been told, and nothing else. */
  async resend(cluster: string): Promise<void> {
    const open = (await this.store.openIn(cluster)).filter(isStarted);
    const stored = await this.store.loadMany(open.map(({ id }) => id));
    await this.dispatcher.sendOpen(
      stored.map(({ rollout }) => rollout),
      cluster,
    );
  }

  async disconnected(cluster: string): Promise<void> {
    const open = await this.store.openIn(cluster);
    await Promise.all(open.filter(isStarted).map(({ id }) => this.unlessUnknown(this.rollouts.wake(id))));
  }

  revoked(cluster: string): Promise<readonly Revocation[]> {
    return this.dispatcher.revoked(cluster);
  }

  async permitAck(cluster: string, { rollout, attempt, permits }: z.infer<typeof permitAck>): Promise<void> {
    const after = await this.handle(rollout, 'permitAck', { type: 'acked', at: this.now(), cluster, attempt });
    if (after) await this.dispatcher.acknowledged(after, cluster, permits);
  }

  async progress(cluster: string, message: z.infer<typeof progress>): Promise<void> {
    const { rollout, attempt, workload, phase, message: text } = message;
    const told = { cluster, attempt, workload: objectKey(workload), phase, message: text };
    await this.handle(rollout, 'progress', { type: 'progressed', at: this.now(), ...told });
  }

  async result(cluster: string, result: Result): Promise<void> {
    const { rollout, attempt, workload, outcome, reason, message, toRevision } = result;
    const startedAt = result.startedAt === null ? null : Date.parse(result.startedAt);
    const told = {
      cluster,
      attempt,
      workload: objectKey(workload),
      outcome,
      reason,
      message,
      revision: toRevision,
      startedAt,
      pods: result.pods.desired,
    };
    await this.handle(rollout, 'result', { type: 'reported', at: this.now(), ...told });
  }

  private async resume(cluster: string, { id, target }: OpenTarget): Promise<void> {
    if (target.phase === 'Pending' && target.attempt === 0) return;
    const after = await this.unlessUnknown(this.rollouts.wake(id));
    if (!after) return;
    const now = after.targets.get(cluster);
    if (now && isTerminalRollout(after.phase)) await this.store.release(after, now);
    else if (isOwed(now, target.permit?.sends)) await this.dispatcher.sendOpen([after], cluster);
  }

  private handle(id: string, word: string, event: RolloutEvent): Promise<Rollout | undefined> {
    return this.unlessUnknown(this.rollouts.handle(id, event), word);
  }

  /** A rollout that this hub does not know (any more) is no reason to make the agent repeat itself for ever. */
  private async unlessUnknown(work: Promise<Rollout>, word?: string): Promise<Rollout | undefined> {
    try {
      return await work;
    } catch (error) {
      // What the agent has to say of an unreadable one it says again, to a hub that may read it.
      if (error instanceof RolloutUnreadable && word === undefined) return undefined;
      if (!(error instanceof RolloutUnknown)) throw error;
      if (word !== undefined) this.ports.metrics.framesReceived(word, 'unknownRollout');
      return undefined;
    }
  }

  private now = (): number => this.ports.clock.now();
}

const isStarted = ({ target }: OpenTarget): boolean => target.attempt > 0;

/** Had the look itself sent the permits, they would be on their way already; to what is stopped it sends none. */
const isOwed = (now: Target | undefined, sentBefore: number | undefined): boolean =>
  now?.stop !== undefined || now?.permit?.sends === sentBefore;
