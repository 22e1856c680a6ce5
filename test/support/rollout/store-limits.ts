import type { Ask } from '../../../apps/hub/src/limits/core/admit';
import { type Refusal, refusalOf, restartName, type Verdict } from '../../../apps/hub/src/limits/core/refusal';
import type { FleetNow } from '../../../apps/hub/src/rollout/core/fleet-now';
import type { Rollout, Step } from '../../../apps/hub/src/rollout/core/model';
import { startsOf } from '../../../apps/hub/src/rollout/core/starts';
import { own } from '../../../apps/hub/src/rollout/core/state';

const ROUNDS = 6;

/** What a store would refuse of restarts that are to begin: what a spec closes, and workloads that others restart. */
export class StoreLimits {
  private readonly closed = new Map<string, Refusal>();

  /** @param scope as the store names it: `g`, `c/<cluster>`, `n/<cluster>/<namespace>`. */
  close(scope: string, until: number | null): void {
    this.closed.set(scope, { reason: 'RateLimit', message: `${scope} may begin nothing now`, until });
  }

  openAll(): void {
    this.closed.clear();
  }

  get isOpen(): boolean {
    return this.closed.size === 0;
  }

  /** As the hub does it: decides, and decides again with what was refused. */
  decide(before: Rollout, fleet: FleetNow, decided: (fleet: FleetNow) => Step): Step {
    let known = fleet;
    for (let round = 1; ; round++) {
      const after = decided(known);
      const refused = this.refusals(before, after, known);
      if (refused.size === 0 || round > ROUNDS) return after;
      const granted = asksOf(before, after, known)
        .map(restartName)
        .filter((name) => !refused.has(name));
      const all = new Map([...(known.verdict?.refused ?? []), ...this.withScopes(refused)]);
      known = { ...known, verdict: { granted: new Set(granted), refused: all, final: round === ROUNDS } };
    }
  }

  /** By name, what this step begins and may not. */
  refusals(before: Rollout, after: Step, fleet: FleetNow): ReadonlyMap<string, Refusal> {
    return new Map(
      asksOf(before, after, fleet).flatMap((ask) => {
        const refusal = this.refusalOf(ask, fleet);
        return refusal === null ? [] : [[restartName(ask), refusal] as const];
      }),
    );
  }

  private refusalOf(ask: Ask, fleet: FleetNow): Refusal | null {
    const facts = own(fleet.clusters, ask.cluster)?.workloads[ask.workload];
    if (facts?.lockedBy !== undefined) {
      return { reason: 'WorkloadLocked', message: `rollout ${facts.lockedBy} restarts it`, until: null };
    }
    return refusalOf({ granted: new Set(), refused: this.closed, final: false }, ask);
  }

  /** The scopes that refused, too: they refuse whoever else would ask. */
  private withScopes(refused: ReadonlyMap<string, Refusal>): Verdict['refused'] {
    const told = new Set(refused.values());
    return new Map([...refused, ...[...this.closed].filter(([, refusal]) => told.has(refusal))]);
  }
}

const asksOf = (before: Rollout, { rollout: after, changed }: Step, fleet: FleetNow): readonly Ask[] =>
  startsOf({ before, after, changed }, fleet).asks;
