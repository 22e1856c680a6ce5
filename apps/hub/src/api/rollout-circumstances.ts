import { Injectable } from '@nestjs/common';
import { FlapStore } from '../change/flap.store';
import { Clock } from '../platform/clock';
import { PolicySource } from '../policy/policies.port';
import { lineageOf } from '../rollout/core/cause';
import type { Instant, Rollout } from '../rollout/core/model';
import { type Waiting, waitingFor } from '../rollout/core/waiting';

/** What is to be told of a rollout that stands elsewhere than in it, as it is at one moment. */
export type Circumstances = Readonly<{
  /** A newer version of its policy exists; a policy that was deleted since is outdated, too. */
  isOutdated(rollout: Rollout): boolean;
  /** Everything that it waits for. */
  waits(rollout: Rollout): readonly Waiting[];
}>;

@Injectable()
export class RolloutCircumstances {
  constructor(
    private readonly policies: PolicySource,
    private readonly flap: FlapStore,
    private readonly clock: Clock,
  ) {}

  async now(): Promise<Circumstances> {
    const [policies, left] = await Promise.all([this.policies.snapshot(), this.flap.all()]);
    const at = this.clock.now();
    const versions = new Map(policies.map(({ policy, version }) => [policy.name, version]));
    return {
      isOutdated: ({ policy }) => versions.get(policy.name) !== policy.version,
      waits: (rollout) => withQuarantine(waitingFor(rollout, at), left.get(lineageOf(rollout.cause)) ?? 0, at),
    };
  }
}

/** What waits for the rollout of a newer revision waits as long as none is started. */
function withQuarantine(waits: readonly Waiting[], until: Instant, now: Instant): readonly Waiting[] {
  if (until <= now || !waits.some(({ reason }) => reason === 'SourceMoved')) return waits;
  const detail = 'the source changes too often: its newer revision is left alone';
  return [{ reason: 'Quarantined', until, detail }, ...waits];
}
