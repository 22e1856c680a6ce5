import { Injectable } from '@nestjs/common';
import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { SourceInCluster } from '../../fleet/core/candidates';
import type { Rollout } from '../../rollout/core/model';
import { RolloutPorts } from '../../rollout/rollout-ports';
import type { Actor } from '../../rollout/rollout-writes';
import { ChangeStores } from '../judging/change-stores';
import { withAbsent } from '../gathering/absent-clusters';
import { decideChange } from '../judging/core/decide';
import { isOwned, ownedBy, ownersAmong } from '../judging/core/ownership';
import type { PolicyVersion } from '../../policy/policies.port';
import { RolloutStarter } from '../starting/rollout-starter';
import { among } from '../gathering/core/changing';
import { causeOf } from '../gathering/subjects';
import { namesOf, without } from '../core/names';
import { StartRefused } from './start-refused';
import { madeOf, policyAmong, untilStarted } from './starts-by-hand';

/** A person asks for a rollout of what is pending for a source. */
export type SourceRequest = Readonly<{
  source: SourceRef;
  /** null: every cluster. */
  clusters: ((cluster: string, labels: Readonly<Record<string, string>>) => boolean) | null;
  /** null: the policy that owns the source; it has to be one for all clusters then. */
  policy: string | null;
  /** The caller has seen the plan, and it is still the same. */
  planSeen?: boolean;
  by: Actor;
}>;

/** Starts rollouts by hand: for what is pending, whatever became of rollouts before. */
@Injectable()
export class SourceStart {
  constructor(
    private readonly stores: ChangeStores,
    private readonly starter: RolloutStarter,
    private readonly ports: RolloutPorts,
  ) {}

  /**
   * The rollout that carries the source's pending changes: a new one, or the one that does so already.
   * @throws StartRefused, StoreUnavailable
   */
  start(request: SourceRequest): Promise<Rollout> {
    return untilStarted('this source', () => this.startOnce(request));
  }

  private async startOnce(request: SourceRequest): Promise<Rollout | undefined> {
    const { source, by } = request;
    const { inventory, policies: stored, rollouts } = this.stores;
    const { subjects } = this.stores.gathering;
    const [policies, all] = await Promise.all([stored.snapshot(), inventory.candidates(objectKey(source))]);
    const clusters = all.filter((each) => isWanted(each, request));
    const policy = policyFor(policies, clusters, request);
    const owner = policy.policy.name;
    const subject = await subjects.around(policy.policy, source, clusters);
    const [{ changing, users }, active] = await Promise.all([
      subjects.look(subject),
      rollouts.active(owner, subject.key),
    ]);
    const owned = among(changing, (concern) => {
      const wanted = concern.clusters.filter((each) => isWanted(each, request));
      return request.policy === null ? ownedBy(policies, owner, concern.source, wanted) : wanted;
    });
    const decision = decideChange(owned, active?.rollout ?? null, true);
    if (decision.type !== 'start') return underWay(active?.rollout, policy, request);
    requireSeen(policy, request);
    const origin = { trigger: 'manual', by } as const;
    const at = this.ports.clock.now();
    const silent = without(users, namesOf(decision.clusters));
    const away = await subjects.away(
      subject,
      silent,
      (ref, each) => isWanted(each, request) && (request.policy !== null || isOwned(policies, owner, ref, each)),
    );
    const start = {
      ...{ policy, cause: causeOf(subject), clusters: withAbsent(decision.clusters, away) },
      ...{ replaces: active ?? null, origin, at },
    };
    const nobody = `policy "${policy.policy.name}" takes none of the clusters with pending workloads`;
    return madeOf(await this.starter.start(start), nobody, this.ports.metrics);
  }
}

function requireSeen({ policy }: PolicyVersion, { planSeen }: SourceRequest): void {
  if (policy.start !== 'planHash' || planSeen === true) return;
  const message = `policy "${policy.name}" has only plans started that somebody has seen: plan, and give the planHash`;
  throw new StartRefused('PlanHashRequired', message);
}

const nothingPending = ({ source }: SourceRequest): StartRefused =>
  new StartRefused('NothingPending', `no workload of these clusters waits for ${objectKey(source)}`);

/** The rollout that carries it already. Nobody needs to have seen the plan of one that goes on anyway. */
function underWay(active: Rollout | undefined, policy: PolicyVersion, request: SourceRequest): Rollout {
  if (active === undefined) throw nothingPending(request);
  if (active.phase === 'Draft') requireSeen(policy, request);
  return active;
}

type InCluster = Pick<SourceInCluster, 'cluster' | 'source' | 'registration'>;

const isWanted = ({ cluster, registration }: InCluster, { clusters }: SourceRequest): boolean =>
  registration?.state === 'Approved' && (clusters === null || clusters(cluster, registration.labels));

function policyFor(
  policies: readonly PolicyVersion[],
  clusters: readonly SourceInCluster[],
  request: SourceRequest,
): PolicyVersion {
  const ownersIn = ({ source: fact, registration, workloads }: SourceInCluster): readonly PolicyVersion[] => {
    const there = { ref: request.source, fact, registration };
    return ownersAmong(
      policies,
      there,
      workloads.map((workload) => workload.fact),
    );
  };
  const owners = [...new Set(clusters.flatMap(ownersIn))];
  const isPending = clusters.some(({ workloads }) => workloads.length > 0);
  if (request.policy === null && owners.length === 0 && !isPending) throw nothingPending(request);
  return policyAmong(policies, owners, request);
}
