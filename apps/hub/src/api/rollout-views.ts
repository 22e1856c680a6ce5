import { Injectable } from '@nestjs/common';
import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { Principal } from '../access/principal';
import { type InScope, ScopeService } from '../access/scope.service';
import { notFound } from '../http/core/problem';
import { FlapStore } from '../change/flap.store';
import { Clock } from '../platform/clock';
import { PolicySource } from '../policy/policies.port';
import { lineageOf } from '../rollout/core/cause';
import { counts } from '../rollout/core/counts';
import type { Instant, Rollout } from '../rollout/core/model';
import { allowedVerbs } from '../rollout/core/verbs';
import { type Waiting, waitingFor } from '../rollout/core/waiting';
import { RolloutQueries } from '../rollout/rollout.queries';
import type { Stored } from '../rollout/rollout.store';
import { type RolloutContext, rolloutSummary, rolloutView, withinScope } from './core/rollout-view';

/** Shows rollouts as a token may see them. */
@Injectable()
export class RolloutViews {
  constructor(
    private readonly queries: RolloutQueries,
    private readonly policies: PolicySource,
    private readonly scopes: ScopeService,
    private readonly flap: FlapStore,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem 404 when there is none, or none that the caller may see. */
  async one(id: string, caller: Principal): Promise<RolloutView> {
    const stored = await this.visible(id, caller);
    return rolloutView(stored.rollout, await this.context(stored, await this.flap.all()));
  }

  /** The stored rollout, reduced to what the caller may see. @throws Problem 404 */
  async visible(id: string, caller: Principal): Promise<Stored> {
    const stored = await this.queries.get(id);
    const seen = stored && withinScope(stored.rollout, await this.scopes.of(caller));
    if (!stored || !seen) throw notFound(`rollout ${id}`);
    return { ...stored, rollout: seen };
  }

  async summaries(found: readonly Stored[], inScope: InScope): Promise<RolloutSummary[]> {
    const seen = found.flatMap((stored) => {
      const rollout = withinScope(stored.rollout, inScope);
      return rollout ? [{ ...stored, rollout }] : [];
    });
    const left = await this.flap.all();
    return Promise.all(seen.map(async (stored) => rolloutSummary(stored.rollout, await this.context(stored, left))));
  }

  private async context({ rollout, version }: Stored, left: Quarantines): Promise<RolloutContext> {
    const now = this.clock.now();
    return {
      version,
      policyOutdated: await this.isOutdated(rollout),
      waitingFor: withQuarantine(waitingFor(rollout, now), left.get(lineageOf(rollout.cause)) ?? 0, now),
      counts: counts(rollout),
      allowed: allowedVerbs(rollout),
    };
  }

  /** A policy that was deleted since is outdated too: the rollout goes on with what it froze. */
  private async isOutdated({ policy }: Rollout): Promise<boolean> {
    const current = (await this.policies.snapshot()).find((each) => each.policy.name === policy.name);
    return current?.version !== policy.version;
  }
}

/** Until when sources are left alone, by key. */
type Quarantines = ReadonlyMap<string, Instant>;

/** What waits for the rollout of a newer revision waits as long as none is started. */
function withQuarantine(waits: readonly Waiting[], until: Instant, now: Instant): readonly Waiting[] {
  if (until <= now || !waits.some(({ reason }) => reason === 'SourceMoved')) return waits;
  return [
    { reason: 'Quarantined', until, detail: 'the source changes too often: its newer revision is left alone' },
    ...waits,
  ];
}
