import { Injectable } from '@nestjs/common';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { CandidateCluster } from '../../plan/core/model';
import { objectKey } from '@app/contracts/objects';
import { eventWrite } from '../../notify/hub-events';
import { Clock } from '../../platform/clock';
import { Keys } from '../../platform/keys';
import { broughtBy, subjectOf } from '../../rollout/core/cause';
import type { Cause } from '../../rollout/core/model';
import { markWrites, type Write } from '../../rollout/rollout-writes';
import { RolloutStore, type Stored } from '../../rollout/rollout.store';
import { REJECTED } from './core/rejected';
import { FlapGuard } from './flap-guard';

/** A newer revision of a source whose rollout is under way. */
export type Newer = Readonly<{
  policy: ResolvedPolicy;
  cause: Pick<Cause, 'source' | 'group'>;
  /** What would carry it, with everything that is still to do. */
  clusters: readonly CandidateCluster[];
  /** Names of the clusters that told of it. */
  telling: readonly string[];
  active: Stored;
  /** The source was left alone for long enough just now. */
  isCalm: boolean;
}>;

/** What becomes of a newer revision while a rollout carries an older one, as the policy says. */
@Injectable()
export class Superseding {
  constructor(
    private readonly rollouts: RolloutStore,
    readonly flap: FlapGuard,
    private readonly keys: Keys,
    private readonly clock: Clock,
  ) {}

  /** Whether it replaces the rollout now. If not, everything that follows from that has been seen to. */
  async mayReplace(newer: Newer): Promise<boolean> {
    const { policy, active, cause, isCalm } = newer;
    const { policy: rule, maxChain } = policy.supersede ?? { policy: 'latestWins', maxChain: Infinity };
    if (rule === 'queue') await this.tell(newer, 'Queued', `waits until rollout ${active.rollout.id} is over`);
    if (rule === 'reject') await this.reject(newer);
    if (rule !== 'latestWins') return false;
    const chain = (active.rollout.chain ?? 0) + 1;
    if (chain <= maxChain || isCalm) return true;
    await this.flap.leaveAlone(policy, subjectOf(cause), maxChain);
    return false;
  }

  /** No rollout starts for it by itself; a person may start one. */
  private async reject(newer: Newer): Promise<void> {
    const { cause } = newer;
    const marks = tellingOf(newer).flatMap(({ name, to, workloads }) => {
      const keys = workloads.map(({ ref }) => objectKey(ref));
      return [...broughtBy(cause, to ?? '')].flatMap(([source, revision]) =>
        markWrites(this.keys, { cluster: name, source, value: `${revision}|${REJECTED}` }, keys),
      );
    });
    await this.tell(newer, 'Rejected', `is not carried: rollout ${newer.active.rollout.id} is under way`, marks);
  }

  private async tell(
    newer: Newer,
    reason: 'Queued' | 'Rejected',
    what: string,
    also: readonly Write[] = [],
  ): Promise<void> {
    const { policy, cause, active } = newer;
    const state = tellingOf(newer)
      .map(({ name, to }) => `${name}=${to ?? ''}`)
      .join(' ');
    const source = subjectOf(cause);
    const isNews = await this.rollouts.noteNew(`${reason}|${policy.name}|${source}`, state);
    const message = `a newer revision of ${source} ${what}`;
    const event = {
      at: this.clock.now(),
      type: `change.${reason}`,
      rollout: active.rollout.id,
      cluster: '',
      reason,
      message,
    };
    await this.rollouts.commit([], [], [...also, ...(isNews ? [eventWrite(this.keys, event)] : [])]);
  }
}

/** Of the clusters that would carry it, those that told of it. */
function tellingOf({ clusters, telling }: Newer): readonly CandidateCluster[] {
  const names = new Set(telling);
  return clusters.filter(({ name }) => names.has(name));
}
