import { Injectable } from '@nestjs/common';
import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { Principal } from '../access/principal';
import { type InScope, ScopeService } from '../access/scope.service';
import { notFound } from '../http/core/problem';
import { counts } from '../rollout/core/counts';
import { allowedVerbs } from '../rollout/core/verbs';
import { RolloutQueries } from '../rollout/rollout.queries';
import type { Stored } from '../rollout/rollout.store';
import { type Circumstances, RolloutCircumstances } from './rollout-circumstances';
import { type RolloutContext, rolloutSummary, rolloutView, withinScope } from './core/rollout-view';

/** Shows rollouts as a token may see them. */
@Injectable()
export class RolloutViews {
  constructor(
    private readonly queries: RolloutQueries,
    private readonly circumstances: RolloutCircumstances,
    private readonly scopes: ScopeService,
  ) {}

  /** @throws Problem 404 when there is none, or none that the caller may see. */
  async one(id: string, caller: Principal): Promise<RolloutView> {
    const stored = await this.visible(id, caller);
    return rolloutView(stored.rollout, contextOf(stored, await this.circumstances.now()));
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
    const now = await this.circumstances.now();
    return seen.map((stored) => rolloutSummary(stored.rollout, contextOf(stored, now)));
  }
}

const contextOf = ({ rollout, version }: Stored, now: Circumstances): RolloutContext => ({
  version,
  policyOutdated: now.isOutdated(rollout),
  waitingFor: now.waits(rollout),
  counts: counts(rollout),
  allowed: allowedVerbs(rollout),
});
