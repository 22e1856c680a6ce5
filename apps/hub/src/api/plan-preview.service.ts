import { Injectable } from '@nestjs/common';
import { objectKey, type SourceRef } from '@app/contracts/objects';
import { namesOf, without } from '../change/core/names';
import { withAbsent } from '../change/gathering/absent-clusters';
import { among, type Changing } from '../change/gathering/core/changing';
import { decideChange } from '../change/judging/core/decide';
import { isOwned, ownersAmong } from '../change/judging/core/ownership';
import { planHashOf } from '../change/starting/rollout-starter';
import type { Subject } from '../change/gathering/subjects';
import type { SourceInCluster } from '../fleet/core/candidates';
import { Problem } from '../http/core/problem';
import { candidateWorkload, overrideIn } from '../plan/core/candidate';
import type { CandidateCluster, Plan, PlanWarning } from '../plan/core/model';
import { makePlan } from '../plan/core/plan';
import { BUILTIN_POLICY } from '../policy/core/builtin';
import { PolicyService, type VersionedPolicy } from '../policy/policy.service';
import type { Opens } from './core/earliest';
import { FleetKnowledge } from './fleet-knowledge';
import { PlanObstacles } from './plan-obstacles';

export type Preview = Readonly<{
  policy: VersionedPolicy;
  plan: Plan;
  planHash: string;
  warnings: readonly PlanWarning[];
  /** When each of its clusters may start, as far as windows, holds and drained clusters are concerned. */
  opens: Opens;
}>;

/** What is planned: for whom, by which policy, and what the caller has to know of that. */
type Concerned = Readonly<{
  policy: VersionedPolicy;
  clusters: readonly CandidateCluster[];
  hints: readonly PlanWarning[];
}>;

const IS_OFF = 'is off: no change starts anything by itself, and this is what a start by hand would do';
const NOTHING_PENDING = 'no workload waits for the source now: this is what a change of it would do';

/** Works out what a rollout of a source would do now. Writes nothing, and asks no agent. */
@Injectable()
export class PlanPreviewService {
  constructor(
    private readonly fleet: FleetKnowledge,
    private readonly policies: PolicyService,
    private readonly obstacles: PlanObstacles,
  ) {}

  /**
   * A plan of nothing, with the reason among its warnings, when no cluster is concerned.
   * @throws Problem when the policy is unknown or can not plan it, or more than one owns the source
   */
  async preview(source: SourceRef, policyName: string | undefined): Promise<Preview> {
    const pending = (await this.fleet.inventory.candidates(objectKey(source))).filter(isApproved);
    const waiting = candidatesOf({ isGroup: false, concerns: [{ source, clusters: pending }] });
    const found = waiting.length > 0 ? waiting : await this.users(source);
    const { policy, clusters: told, hints } = await this.concerned(source, policyName, found);
    const subject = await this.fleet.subjects.around(policy.policy, source, pending);
    const owner = policyName === undefined ? policy : null;
    const absent = waiting.length > 0 ? await this.absent(subject, told, owner) : [];
    const clusters = withAbsent(await this.together(subject, told), absent);
    const planned = makePlan(policy.policy, { subject: subject.key, clusters });
    if (!planned.ok) throw refusal('/policy', planned.refusal.code, planned.refusal.detail);
    const { plan } = planned;
    const nobody = `policy "${policy.policy.name}" takes none of the clusters whose workloads react to the source`;
    const causes = [
      ...(plan.planned === 0 && clusters.length > 0 ? [hint('NO_TARGETS', nobody, source)] : hints),
      ...(waiting.length === 0 && plan.planned > 0 ? [hint('NOTHING_PENDING', NOTHING_PENDING, source)] : []),
      ...(policy.policy.start === 'off'
        ? [hint('POLICY_OFF', `policy "${policy.policy.name}" ${IS_OFF}`, source)]
        : []),
    ];
    const inPlan = plannedClusters(plan, clusters);
    const obstacles = await this.obstacles.of(subject.sources, policy.policy, inPlan);
    const names = new Set(inPlan.map(({ name }) => name));
    const away = absent.filter(({ name }) => names.has(name)).map(offline);
    const warnings = [...causes, ...away, ...plan.warnings, ...obstacles.warnings];
    return { policy, plan, planHash: planHashOf(plan.canonical), warnings, opens: obstacles.opens };
  }

  /** With everything that waits for other sources of its group, if anything does. */
  private async together(subject: Subject, told: readonly CandidateCluster[]): Promise<readonly CandidateCluster[]> {
    if (subject.group === null) return told;
    const { changing } = await this.fleet.subjects.look(subject);
    const waiting = candidatesOf(among(changing, ({ clusters }) => clusters.filter(isApproved)));
    return waiting.length > 0 ? waiting : told;
  }

  /** Clusters that would be planned although they can not tell now; null: whoever owns the source there. */
  private async absent(
    subject: Subject,
    told: readonly CandidateCluster[],
    owner: VersionedPolicy | null,
  ): Promise<readonly CandidateCluster[]> {
    const policies = await this.policies.snapshot();
    const { users } = await this.fleet.subjects.look(subject);
    const silent = without(users, namesOf(told));
    return this.fleet.subjects.away(subject, silent, (ref, each) =>
      owner === null ? isApproved(each) : isOwned(policies, owner.policy.name, ref, each),
    );
  }

  private async concerned(
    source: SourceRef,
    name: string | undefined,
    clusters: readonly CandidateCluster[],
  ): Promise<Concerned> {
    const policies = await this.policies.snapshot();
    const nobody = (why: string): Concerned => ({
      ...{ policy: named(policies, name ?? BUILTIN_POLICY.name), clusters: [] },
      hints: [hint('NO_TARGETS', why, source)],
    });
    if (clusters.length === 0) return nobody(`no workload of the fleet reacts to ${objectKey(source)}`);
    if (name !== undefined) return { policy: named(policies, name), clusters, hints: [] };
    const owner = await this.owner(source, policies, clusters);
    if (!owner) return nobody('no enabled policy matches the source in the clusters that use it');
    return { policy: owner, clusters, hints: [] };
  }

  /** Every cluster and workload that a change of the source would concern. */
  private async users(source: SourceRef): Promise<readonly CandidateCluster[]> {
    const { inventory, registry } = this.fleet;
    const key = objectKey(source);
    const records = (await registry.many(await inventory.clustersUsing(key))).filter(
      ({ state }) => state === 'Approved',
    );
    const found = await Promise.all(
      records.map(async ({ name, labels }): Promise<CandidateCluster> => {
        const [fact, users] = await Promise.all([inventory.source(name, key), inventory.usersOf(name, key)]);
        const workloads = await Promise.all(users.map((user) => inventory.workload(name, user)));
        const opted = workloads.flatMap((workload) =>
          workload && workload.state !== 'Ignored' ? [{ ...candidateWorkload(workload), pending: false }] : [],
        );
        return { name, labels, from: fact?.revision ?? null, to: null, ...overrideIn(fact), workloads: opted };
      }),
    );
    return found.filter(({ workloads }) => workloads.length > 0);
  }

  private async owner(
    source: SourceRef,
    policies: readonly VersionedPolicy[],
    clusters: readonly CandidateCluster[],
  ): Promise<VersionedPolicy | undefined> {
    const { inventory, registry } = this.fleet;
    const key = objectKey(source);
    const records = await registry.many(clusters.map(({ name }) => name));
    const users = new Map(clusters.map(({ name, workloads }) => [name, workloads]));
    const owners = await Promise.all(
      records.map(async (registration) => {
        const there = { ref: source, fact: (await inventory.source(registration.name, key)) ?? null, registration };
        const workloads = users.get(registration.name) ?? [];
        return ownersAmong(
          policies,
          there,
          workloads.map((workload) => ({ ...workload, kind: workload.ref.kind })),
        );
      }),
    );
    const distinct = [...new Set(owners.flat())];
    if (distinct.length < 2) return distinct[0];
    const names = distinct.map(({ policy }) => policy.name).join(', ');
    throw refusal(
      '/policy',
      'SEVERAL_POLICIES',
      `several policies own the source in these clusters, name one of: ${names}`,
    );
  }
}

/** The clusters of the plan, with the workloads that would restart there. */
function plannedClusters({ waves }: Plan, clusters: readonly CandidateCluster[]): readonly CandidateCluster[] {
  const planned = new Map(waves.flatMap(({ targets }) => targets.map((target) => [target.cluster, target.workloads])));
  return clusters.flatMap((cluster) => {
    const workloads = planned.get(cluster.name);
    return workloads === undefined ? [] : [{ ...cluster, workloads }];
  });
}

const isApproved = ({ registration }: Pick<SourceInCluster, 'registration'>): boolean =>
  registration?.state === 'Approved';

function candidatesOf(changing: Changing): readonly CandidateCluster[] {
  const decision = decideChange(changing, null, true);
  return decision.type === 'start' ? decision.clusters : [];
}

function named(policies: readonly VersionedPolicy[], name: string): VersionedPolicy {
  const found = policies.find(({ policy }) => policy.name === name);
  if (!found) throw refusal('/policy', 'UNKNOWN_POLICY', `there is no policy "${name}"`);
  return found;
}

const offline = ({ name }: CandidateCluster): PlanWarning => ({
  code: 'OFFLINE',
  detail:
    'it is off line and known to use the source: it is waited for, and tells what there is to restart when it is back',
  subject: name,
});

const hint = (code: string, detail: string, source: SourceRef): PlanWarning => ({
  ...{ code, detail, subject: objectKey(source) },
});

const refusal = (pointer: string, code: string, detail: string): Problem =>
  new Problem(409, 'NO_PLAN', detail, { errors: [{ pointer, code, detail }] });
