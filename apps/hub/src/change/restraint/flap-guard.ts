import { Injectable } from '@nestjs/common';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { DEFAULT_FLAP } from '@app/contracts/policy/rules';
import { Clock } from '../../platform/clock';
import { RolloutStore } from '../../rollout/rollout.store';
import { FlapStore } from './flap.store';
import type { Place } from '../core/place';

/** Leaves sources alone that change too often, and says so once. */
@Injectable()
export class FlapGuard {
  constructor(
    private readonly store: FlapStore,
    private readonly rollouts: RolloutStore,
    private readonly clock: Clock,
  ) {}

  /** Takes in a change. Whether the source is left alone now; it is looked at again by itself when it has been quiet. */
  async isLeftAlone(
    { name, flap = DEFAULT_FLAP }: ResolvedPolicy,
    source: string,
    seen: Readonly<{ cluster: string; revision: string }>,
  ): Promise<boolean> {
    const { until, news } = await this.store.note({ policy: name, source }, flap, seen);
    const often = `${source} had ${flap.distinctRevisions} revisions within ${flap.withinMs / 1000} s in cluster ${seen.cluster}`;
    const quiet = `it is left alone until it has not changed for ${flap.stableMs / 1000} s`;
    if (news === 'begun') await this.tell('Quarantined', `${often}: ${quiet}`, seen.cluster);
    if (news === 'alert') await this.tell('Flapping', `${often}: the policy lets that go on`, seen.cluster);
    return until !== null;
  }

  /** Under any policy; a look that costs little. */
  async isQuarantined(source: string, at: number): Promise<boolean> {
    return (await this.store.lasting(at)).has(source);
  }

  /** Whether it is left alone under the policy now. */
  isLeft(place: Place): Promise<boolean> {
    return this.store.lasts(place, this.clock.now());
  }

  /** As `check` of the store. */
  check(place: Place): ReturnType<FlapStore['check']> {
    return this.store.check(place);
  }

  /** Its rollouts are superseded again and again before they come to anything. */
  async leaveAlone({ name, flap = DEFAULT_FLAP }: ResolvedPolicy, source: string, chain: number): Promise<void> {
    await this.store.quarantine({ policy: name, source }, flap.stableMs);
    const message = `${chain} rollouts of ${source} in a row were superseded: it is left alone for ${flap.stableMs / 1000} s`;
    await this.tell('Quarantined', message, '');
  }

  private async tell(reason: string, message: string, cluster: string): Promise<void> {
    await this.rollouts.tell({
      at: this.clock.now(),
      type: `source.${reason}`,
      rollout: '',
      ...{ cluster, reason, message },
    });
  }
}
