import { Injectable } from '@nestjs/common';
import { Dispatcher } from '../../dispatch/dispatcher';
import type { SourceInCluster } from '../../fleet/core/candidates';
import type { ClockMoves } from '../../platform/clock';
import type { PolicyVersion } from '../../policy/policies.port';
import type { FleetNow } from '../../rollout/core/fleet-now';
import { FleetFacts } from '../../rollout/fleet-facts';
import { RolloutPorts } from '../../rollout/rollout-ports';
import { ChangeStores } from '../judging/change-stores';
import { ownerOf } from '../judging/core/ownership';
import type { SingleCause } from './core/single-cause';

/** One source's change in one cluster, about to be stored. */
export type Change = SingleCause & Readonly<{ cluster: string; at: number }>;

/** Everything that a decision on the change needs, as it is stored now. */
export type Sight = Readonly<{
  owner: PolicyVersion;
  here: Omit<SourceInCluster, 'workloads'>;
  /** Clusters with a pending workload that uses the source. */
  pending: readonly SourceInCluster[];
  /** Names of the clusters that use the source. */
  users: readonly string[];
  fleet: FleetNow;
  clock: ClockMoves;
}>;

/** Looks at what a change is judged by, before it is stored. */
@Injectable()
export class SwiftLook {
  constructor(
    private readonly stores: ChangeStores,
    private readonly fleet: FleetFacts,
    private readonly dispatcher: Dispatcher,
    readonly ports: RolloutPorts,
  ) {}

  /**
   * One round trip if the policy that owns the source is the guessed one; else two.
   * @returns undefined when nothing is to start, or not at once.
   */
  async at(
    change: Change,
    ahead: Promise<readonly PolicyVersion[]>,
    guess: PolicyVersion | null,
  ): Promise<Sight | undefined> {
    const { cluster, source, key } = change;
    const { inventory, gathering } = this.stores;
    const [policies, users, pending, registration, fact, clock, isLeft, guessed] = await Promise.all([
      ahead,
      inventory.clustersUsing(key),
      inventory.candidates(key),
      inventory.registration(cluster),
      change.fact ?? inventory.source(cluster, key),
      this.dispatcher.prepare(),
      gathering.superseding.flap.isQuarantined(key, change.at),
      guess && this.factsFor(guess, change),
    ]);
    const here = { cluster, registration, source: fact ?? null };
    const owner = soleOwner(policies, source, here);
    if (!owner || isLeft || !startsAtOnce(owner)) return undefined;
    const fleet = owner === guess && guessed ? guessed : await this.factsFor(owner, change);
    return { owner, here, pending, users, fleet, clock };
  }

  private factsFor({ policy, version }: PolicyVersion, change: Change): Promise<FleetNow> {
    const asking = {
      policy: { name: policy.name, version },
      spec: policy,
      cause: { source: change.source, revisions: [] },
    };
    return this.fleet.told(asking, change.cluster, change.workloads, change.at);
  }
}

/** Of a source that leaves the choice to the policies: whoever owns it then owns it for all workloads that do so, too. */
const soleOwner = (
  policies: readonly PolicyVersion[],
  ref: Change['source'],
  { source, registration }: Sight['here'],
): PolicyVersion | undefined =>
  source?.annotations?.policy === undefined ? ownerOf(policies, { ref, fact: source, registration }) : undefined;

/** Nothing is gathered under this policy. */
export const startsAtOnce = ({ policy }: PolicyVersion): boolean =>
  policy.start !== 'off' && policy.coalesce.quietMs === 0 && policy.coalesce.label === undefined;
