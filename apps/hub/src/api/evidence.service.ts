import { Injectable } from '@nestjs/common';
import { objectKey, type SourceRef, type WorkloadKind } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { urgencyOf } from '@app/contracts/policy/urgency';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import { choiceNotFollowed, ownerOf } from '../change/judging/core/ownership';
import { REJECTED } from '../change/restraint/core/rejected';
import { mayTake } from '../plan/core/assign';
import { takesWorkload } from '../plan/core/plan';
import { PolicySource } from '../policy/policies.port';
import { type ClusterRecord, clusterState } from '../fleet/core/cluster-record';
import { groupKey, groupOf } from '../rollout/core/source-group';
import type { Rollout } from '../rollout/core/model';
import { RolloutQueries } from '../rollout/rollout.queries';
import { type Evidence, usedBy } from './core/evidence';
import { FleetKnowledge } from './fleet-knowledge';
import { type Circumstances, RolloutCircumstances } from './rollout-circumstances';

/** Rollouts of the cluster that are looked at. */
const RECENT = 20;

type Question = Pick<Evidence, 'cluster' | 'workloadRef' | 'sourceRef'>;

/** Gathers what the hub knows of one workload. */
@Injectable()
export class EvidenceService {
  constructor(
    private readonly fleet: FleetKnowledge,
    private readonly policies: PolicySource,
    private readonly rollouts: RolloutQueries,
    private readonly circumstances: RolloutCircumstances,
  ) {}

  async collect(question: Question): Promise<Evidence> {
    const { cluster, workloadRef } = question;
    const [now, record, workload, recent] = await Promise.all([
      this.circumstances.now(),
      this.fleet.registry.get(cluster),
      this.fleet.inventory.workload(cluster, objectKey(workloadRef)),
      this.rollouts.list({ cluster, phase: null, policy: null, visible: null }, { limit: RECENT, cursor: null }),
    ]);
    const ref = question.sourceRef ?? movedSource(workload);
    const source = ref ? await this.fleet.inventory.source(cluster, objectKey(ref)) : undefined;
    const about = { source, workload, kind: workloadRef.kind };
    const policy = ref && record ? await this.policy(ref, { ...about, record }) : undefined;
    const untold = policy && (await this.without(policy.name, cluster));
    return {
      ...question,
      recovering: now.missing,
      connection: await this.connection(cluster, record),
      workload,
      source,
      policy,
      ...(await this.leftAlone(ref, policy, now)),
      rollouts: recent.items.map(({ rollout }) => rollout),
      ...untold,
      ...((await this.isRejected(cluster, workload, ref)) && { rejected: true as const }),
    };
  }

  private async isRejected(cluster: string, workload: WorkloadFact | undefined, ref?: SourceRef): Promise<boolean> {
    const used = workload && ref && usedBy(workload, ref);
    if (!used || used.revision === used.haveRevision) return false;
    const mark = await this.fleet.inventory.settled(cluster, objectKey(workload), objectKey(ref));
    return mark?.rollout === REJECTED && mark.revision === used.revision;
  }

  /** Rollouts that know of a change in the cluster and do not bring it there: they are not among those of the cluster. */
  private async without(policy: string, cluster: string): Promise<Pick<Evidence, 'unplanned' | 'leftOut'>> {
    const filter = { policy, cluster: null, phase: null, visible: null };
    const { items } = await this.rollouts.list(filter, { limit: RECENT, cursor: null });
    const told = items
      .map(({ rollout }) => rollout)
      .filter(({ cause }) => cause.revisions.some((each) => each.cluster === cluster));
    const unplanned = told.find(({ reason }) => reason === 'PlanInvalid');
    const leftOut = told.find((rollout) => isLeftOut(rollout, cluster));
    return { ...(unplanned && { unplanned }), ...(leftOut && { leftOut }) };
  }

  /** What keeps the source's changes from being carried now: by itself, or with others of its group. */
  private async leftAlone(
    ref: SourceRef | undefined,
    policy: Evidence['policy'],
    { quarantines }: Circumstances,
  ): Promise<Pick<Evidence, 'quarantinedUntil' | 'gathered'>> {
    if (ref === undefined) return { quarantinedUntil: null, gathered: null };
    const key = objectKey(ref);
    const source = policy?.group ?? key;
    const until = quarantines.get(source) ?? quarantines.get(key) ?? null;
    const place = policy && { policy: policy.name, source };
    return { quarantinedUntil: until, gathered: place ? await this.circumstances.changes.gathered(place) : null };
  }

  private async connection(cluster: string, record: ClusterRecord | undefined): Promise<Evidence['connection']> {
    if (!record) return undefined;
    const presence = (await this.fleet.registry.presence([cluster])).get(cluster);
    return { ...clusterState(record, presence, this.fleet.clock.now()), drained: record.drained };
  }

  private async policy(ref: SourceRef, { source, record, workload, kind }: Known): Promise<Evidence['policy']> {
    const policies = await this.policies.snapshot();
    const there = { ref, fact: source ?? null, registration: record };
    const owner = ownerOf(policies, there, workload);
    if (!owner) return undefined;
    const { version, policy } = owner;
    const notFollowed = choiceNotFollowed(policies, there, workload ?? { kind, labels: {} });
    return {
      name: policy.name,
      version,
      start: policy.start,
      takes: takesWorkload(policy, kind, workload?.labels ?? {}),
      ...(policy.unassigned === 'ignore' && !mayTake(policy, record) && { untaken: true as const }),
      urgency: urgencyOf(policy),
      ...(notFollowed !== undefined && { notFollowed }),
      ...(source && asked(policy, source)),
    };
  }
}

/** It has a plan, and its policy lets clusters be that no wave has a place for. */
const isLeftOut = ({ reason, spec, targets }: Rollout, cluster: string): boolean =>
  reason !== 'PlanInvalid' && spec.unassigned === 'ignore' && !targets.has(cluster);

/** What the source brings about by its annotation and its label. */
function asked(
  policy: ResolvedPolicy,
  source: SourceFact,
): Pick<NonNullable<Evidence['policy']>, 'override' | 'group'> {
  const text = source.annotations?.rolloutOverride;
  const group = groupOf(policy.coalesce.label, source.labels);
  return {
    ...(text !== undefined && { override: { text, allowed: policy.allowAnnotationOverride === true } }),
    ...(group !== undefined && { group: groupKey(group) }),
  };
}

type Known = Readonly<{
  source: SourceFact | undefined;
  record: ClusterRecord;
  workload: WorkloadFact | undefined;
  kind: WorkloadKind;
}>;

/** The source to ask the policies about when the question names none: one that has moved, else any. */
function movedSource(workload: WorkloadFact | undefined): SourceRef | undefined {
  const used =
    workload?.sources.find(({ revision, haveRevision }) => revision !== haveRevision) ?? workload?.sources[0];
  return used && workload ? { kind: used.kind, namespace: workload.namespace, name: used.name } : undefined;
}
