import { Injectable } from '@nestjs/common';
import { WaitingChanges } from '../change/gathering/waiting-changes';
import { Clock } from '../platform/clock';
import { HubMeta } from '../platform/hub-meta';
import { PolicySource } from '../policy/policies.port';
import { subjectOf } from '../rollout/core/cause';
import type { Instant, Rollout } from '../rollout/core/model';
import type { Waiting } from '../rollout/core/waiting';
import { allWaits } from './core/outer-waits';

/** What is to be told of rollouts and changes that stands elsewhere than in them, as it is at one moment. */
export type Circumstances = Readonly<{
  /** How many clusters a hub that has lost its store has yet to hear of; null: it knows its fleet. */
  missing: number | null;
  /** Sources that change too often: key, and until when they are left alone. */
  quarantines: ReadonlyMap<string, Instant>;
  /** A newer version of its policy exists; a policy that was deleted since is outdated, too. */
  isOutdated(rollout: Rollout): boolean;
  /** Everything that it waits for. */
  waits(rollout: Rollout): readonly Waiting[];
}>;

@Injectable()
export class RolloutCircumstances {
  constructor(
    private readonly policies: PolicySource,
    readonly changes: WaitingChanges,
    private readonly meta: HubMeta,
    private readonly clock: Clock,
  ) {}

  async now(): Promise<Circumstances> {
    const at = this.clock.now();
    const [policies, quarantines, missing] = await Promise.all([
      this.policies.snapshot(),
      this.changes.quarantines(at),
      this.meta.missing(),
    ]);
    const versions = new Map(policies.map(({ policy, version }) => [policy.name, version]));
    return {
      missing,
      quarantines,
      isOutdated: ({ policy }) => versions.get(policy.name) !== policy.version,
      waits: (rollout) =>
        allWaits(rollout, { missing, quarantinedUntil: quarantines.get(subjectOf(rollout.cause)) }, at),
    };
  }
}
