import { Injectable } from '@nestjs/common';
import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { WorkloadFact } from '@app/contracts/wire/facts';
import { decideChange } from '../change/core/decide';
import { ownerOf } from '../change/core/ownership';
import { planHashOf } from '../change/rollout-starter';
import type { SourceInCluster } from '../fleet/core/candidates';
import { Problem } from '../http/core/problem';
import type { CandidateCluster, Plan, PlanWarning } from '../plan/core/model';
import { makePlan } from '../plan/core/plan';
import { PolicyService, type VersionedPolicy } from '../policy/policy.service';
import { FleetKnowledge } from './fleet-knowledge';

export type Preview = Readonly<{
  policy: VersionedPolicy;
  plan: Plan;
  planHash: string;
  warnings: readonly PlanWarning[];
}>;

const NOTHING_PENDING = 'no workload waits for the source now: this is what a change of it would do';

/** Works out what a rollout of a source would do now. Writes nothing, and asks no agent. */
@Injectable()
export class PlanPreviewService {
  constructor(
    private readonly fleet: FleetKnowledge,
    private readonly policies: PolicyService,
  ) {}

  /** @throws Problem when nothing uses the source, no policy or more than one owns it, or the policy can not plan it. */
  async preview(source: SourceRef, policyName: string | undefined): Promise<Preview> {
    const policies = await this.policies.snapshot();
    const pending = (await this.fleet.inventory.candidates(objectKey(source))).filter(
      ({ registration }) => registration?.state === 'Approved',
    );
    const waiting = candidatesOf(source, pending);
    const clusters = waiting.length > 0 ? waiting : await this.users(source);
    if (clusters.length === 0)
      throw refusal('/source', 'UNUSED', `no workload of the fleet reacts to ${objectKey(source)}`);
    const policy =
      policyName === undefined ? await this.owner(source, policies, clusters) : named(policies, policyName);
    const planned = makePlan(policy.policy, { source, clusters });
    if (!planned.ok) throw refusal('/policy', planned.refusal.code, planned.refusal.detail);
    const { plan } = planned;
    const hint =
      waiting.length > 0 ? [] : [{ code: 'NOTHING_PENDING', detail: NOTHING_PENDING, subject: objectKey(source) }];
    return { policy, plan, planHash: planHashOf(plan.canonical), warnings: [...hint, ...plan.warnings] };
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
          workload && workload.state !== 'Ignored' ? [candidate(workload)] : [],
        );
        return { name, labels, from: fact?.revision ?? null, to: null, workloads: opted };
      }),
    );
    return found.filter(({ workloads }) => workloads.length > 0);
  }

  private async owner(
    source: SourceRef,
    policies: readonly VersionedPolicy[],
    clusters: readonly CandidateCluster[],
  ): Promise<VersionedPolicy> {
    const { inventory, registry } = this.fleet;
    const key = objectKey(source);
    const records = await registry.many(clusters.map(({ name }) => name));
    const owners = await Promise.all(
      records.map(async (registration) =>
        ownerOf(policies, {
          ref: source,
          fact: (await inventory.source(registration.name, key)) ?? null,
          registration,
        }),
      ),
    );
    const distinct = [...new Set(owners.flatMap((owner) => owner ?? []))];
    const [only, second] = distinct;
    if (only && !second) return only;
    const names = distinct.map(({ policy }) => policy.name).join(', ');
    if (!only) throw refusal('/policy', 'NO_POLICY', 'no enabled policy matches the source in these clusters');
    throw refusal(
      '/policy',
      'SEVERAL_POLICIES',
      `several policies own the source in these clusters, name one of: ${names}`,
    );
  }
}

function candidatesOf(source: SourceRef, clusters: readonly SourceInCluster[]): readonly CandidateCluster[] {
  const decision = decideChange(source, clusters, null, true);
  return decision.type === 'start' ? decision.clusters : [];
}

function named(policies: readonly VersionedPolicy[], name: string): VersionedPolicy {
  const found = policies.find(({ policy }) => policy.name === name);
  if (!found) throw refusal('/policy', 'UNKNOWN_POLICY', `there is no policy "${name}"`);
  return found;
}

const candidate = (fact: WorkloadFact): CandidateCluster['workloads'][number] => ({
  ref: { kind: fact.kind, namespace: fact.namespace, name: fact.name },
  uid: fact.uid,
  labels: fact.labels,
  replicas: fact.pods.desired,
  pending: false,
  state: fact.state,
  reason: fact.reason,
});

const refusal = (pointer: string, code: string, detail: string): Problem =>
  new Problem(409, 'NO_PLAN', detail, { errors: [{ pointer, code, detail }] });
