import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import {
  type Labels,
  objectKey,
  parseObjectKey,
  type SourceRef,
  type WorkloadRef,
  workloadRef,
} from '@app/contracts/objects';
import { sourceOf } from '../../fleet/core/causes';
import { ClusterRegistry } from '../../fleet/registry';
import type { CandidateCluster } from '../../plan/core/model';
import { subjectOf } from '../../rollout/core/cause';
import type { Asked, Rollout } from '../../rollout/core/model';
import { RolloutPorts } from '../../rollout/rollout-ports';
import type { Actor } from '../../rollout/rollout-writes';
import { ChangeStores } from '../judging/change-stores';
import { ownerOf } from '../judging/core/ownership';
import { chooseWorkloads, missing, type NamedInCluster, type Wish, wishText } from './core/workload-candidates';
import { StartRefused } from './start-refused';
import { madeOf, policyAmong, untilStarted } from './starts-by-hand';
import type { PolicyVersion } from '../../policy/policies.port';
import { RolloutStarter } from '../starting/rollout-starter';

/** A person asks for restarts of workloads. */
export type WorkloadRequest = Readonly<{
  /** Those that are named; null: all that use `wish.source`. */
  workloads: readonly WorkloadRef[] | null;
  wish: Wish;
  clusters: (cluster: string, labels: Labels) => boolean;
  /** null: the policy that owns what these workloads use; it has to be one for all of them then. */
  policy: string | null;
  by: Actor;
}>;

/** Starts rollouts of workloads that a person names: to what they want now, or, by force, whatever they run. */
@Injectable()
export class WorkloadStart {
  constructor(
    private readonly stores: ChangeStores,
    private readonly registry: ClusterRegistry,
    private readonly starter: RolloutStarter,
    private readonly ports: RolloutPorts,
  ) {}

  /**
   * A new rollout, or the one that carries out the same wish already.
   * @throws StartRefused, StoreUnavailable
   */
  start(request: WorkloadRequest): Promise<Rollout> {
    return untilStarted('these workloads', () => this.startOnce(request));
  }

  private async startOnce(request: WorkloadRequest): Promise<Rollout | undefined> {
    const { wish, by } = request;
    const [policies, named] = await Promise.all([this.stores.policies.snapshot(), this.named(request)]);
    const lost = missing(request.workloads ?? [], named);
    if (lost) throw new StartRefused(lost.reason, lost.message);
    const chosen = chooseWorkloads(named, wish);
    if (!chosen.ok) throw new StartRefused(chosen.reason, chosen.message);
    const policy = policyAmong(policies, ownersOf(policies, named), request);
    const workloads =
      request.workloads ?? chosen.clusters.flatMap((cluster) => cluster.workloads.map(({ ref }) => ref));
    const cause = { source: null, asked: askedFor(workloads, chosen.clusters, wish) };
    const active = await this.stores.rollouts.active(policy.policy.name, subjectOf(cause));
    if (active) return active.rollout;
    const origin = { trigger: 'manual', by } as const;
    const start = { policy, cause, clusters: chosen.clusters, replaces: null, origin, at: this.ports.clock.now() };
    const nobody = `policy "${policy.policy.name}" takes none of these workloads`;
    return madeOf(await this.starter.start(start), nobody, this.ports.metrics);
  }

  private async named({ workloads, wish, clusters }: WorkloadRequest): Promise<readonly NamedInCluster[]> {
    const { inventory } = this.stores;
    const records = (await this.registry.all()).filter(
      ({ name, labels, state }) => state === 'Approved' && clusters(name, labels),
    );
    return Promise.all(
      records.map(async (registration) => {
        const keys = workloads?.map(objectKey) ?? (await this.usersOf(registration.name, wish.source));
        const facts = await Promise.all(keys.map((key) => inventory.workload(registration.name, key)));
        return { registration, facts: facts.filter((fact) => fact !== undefined) };
      }),
    );
  }

  private async usersOf(cluster: string, source: SourceRef | null): Promise<readonly string[]> {
    const keys = source === null ? [] : await this.stores.inventory.usersOf(cluster, objectKey(source));
    return keys.filter((key) => workloadRef.safeParse(parseObjectKey(key)).success);
  }
}

/** Every policy that owns, in some cluster, a source that one of the workloads there uses. */
const ownersOf = (policies: readonly PolicyVersion[], named: readonly NamedInCluster[]): readonly PolicyVersion[] => [
  ...new Set(
    named.flatMap(({ registration, facts }) =>
      facts.flatMap((fact) =>
        fact.sources.flatMap(
          (used) => ownerOf(policies, { ref: sourceOf(fact, used), fact: null, registration }, fact) ?? [],
        ),
      ),
    ),
  ),
];

const askedFor = (workloads: readonly WorkloadRef[], clusters: readonly CandidateCluster[], wish: Wish): Asked => ({
  workloads: [...new Map(workloads.map((ref) => [objectKey(ref), ref])).values()],
  force: wish.force,
  digest: createHash('sha256')
    .update(wishText(workloads, clusters, wish))
    .digest('base64url'),
});
