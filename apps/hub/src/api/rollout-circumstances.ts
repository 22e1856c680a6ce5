import { Injectable } from '@nestjs/common';
import { FlapStore } from '../change/flap.store';
import { Clock } from '../platform/clock';
import { HubMeta, type Recovery } from '../platform/hub-meta';
import { PolicySource } from '../policy/policies.port';
import { lineageOf } from '../rollout/core/cause';
import type { Instant, Rollout } from '../rollout/core/model';
import { type Waiting, waitingFor } from '../rollout/core/waiting';

/** What is to be told of rollouts and changes that stands elsewhere than in them, as it is at one moment. */
export type Circumstances = Readonly<{
  /** null: the hub knows its fleet. */
  recovery: Recovery | null;
  /** Until when the source of this key is left alone because it changes too often; null: it is not. */
  quarantinedUntil(source: string): Instant | null;
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
    private readonly meta: HubMeta,
    private readonly clock: Clock,
  ) {}

  async now(): Promise<Circumstances> {
    const [policies, left, recovery] = await Promise.all([
      this.policies.snapshot(),
      this.flap.all(),
      this.meta.recovery(),
    ]);
    const at = this.clock.now();
    const versions = new Map(policies.map(({ policy, version }) => [policy.name, version]));
    const quarantinedUntil = (source: string): Instant | null => {
      const until = left.get(source) ?? 0;
      return until > at ? until : null;
    };
    return {
      recovery,
      quarantinedUntil,
      isOutdated: ({ policy }) => versions.get(policy.name) !== policy.version,
      waits: (rollout) => {
        const waits = waitingFor(rollout, at);
        const until = quarantinedUntil(lineageOf(rollout.cause));
        // What waits for the rollout of a newer revision waits as long as none is started.
        const isLeft = until !== null && waits.some(({ reason }) => reason === 'SourceMoved');
        const quarantine = isLeft ? [{ reason: 'Quarantined', until, detail: LEFT_ALONE }] : [];
        return [...quarantine, ...waits];
      },
    };
  }
}

const LEFT_ALONE = 'the source changes too often: its newer revision is left alone';
