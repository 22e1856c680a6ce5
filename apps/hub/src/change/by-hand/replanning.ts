import { Injectable } from '@nestjs/common';
import type { SourceRef } from '@app/contracts/objects';
import type { SourceInCluster } from '../../fleet/core/candidates';
import type { UsersInCluster } from '../../fleet/known-users';
import type { CandidateCluster } from '../../plan/core/model';
import { makePlan } from '../../plan/core/plan';
import { subjectOf } from '../../rollout/core/cause';
import type { Rollout } from '../../rollout/core/model';
import { allowedVerbs } from '../../rollout/core/verbs';
import { RolloutContended, RolloutUnknown, VerbRefused } from '../../rollout/rollout-errors';
import { RolloutPorts } from '../../rollout/rollout-ports';
import type { Actor } from '../../rollout/rollout-writes';
import type { Stored } from '../../rollout/rollout.store';
import { ChangeStores } from '../judging/change-stores';
import { decideChange } from '../judging/core/decide';
import { isOwned, ownedBy } from '../judging/core/ownership';
import { withAbsent } from '../gathering/absent-clusters';
import type { PolicyVersion } from '../../policy/policies.port';
import { planHashOf, RolloutStarter } from '../starting/rollout-starter';
import { among } from '../gathering/core/changing';
import { namesOf, without } from '../core/names';

const TRIES = 8;

type Remade = Readonly<{ policy: PolicyVersion; clusters: readonly CandidateCluster[]; planHash: string }>;

/** Plans rollouts anew: by the policy as it is now, from what still waits for the source now. */
@Injectable()
export class Replanning {
  constructor(
    private readonly stores: ChangeStores,
    private readonly starter: RolloutStarter,
    private readonly ports: RolloutPorts,
  ) {}

  /**
   * Makes the successor of a rollout, which is superseded in the same write. It goes on at once when the rollout did;
   * that of a draft, or of one that stood still, is a draft: planning alone sets nothing in motion again.
   * @throws RolloutUnknown, VerbRefused, RolloutContended, StoreUnavailable
   */
  async replan(id: string, by: Actor): Promise<Rollout> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const made = await this.replanOnce(await this.load(id), by);
      if (made) return made;
      this.ports.metrics.transitionConflicts();
    }
    throw new RolloutContended(id);
  }

  /** A draft is started by a hash only while that names its plan, and planning anew would give the same one. */
  async requirePlan(id: string, planHash: string): Promise<void> {
    const { rollout } = await this.load(id);
    if (rollout.phase !== 'Draft') return;
    const now = await this.remade(rollout);
    if (planHash === rollout.planHash && planHash === now.planHash) return;
    throw refusal(rollout, 'PLAN_CHANGED', 'the plan is not the one that you have seen: replan, and look at it again');
  }

  private async load(id: string): Promise<Stored> {
    const stored = await this.stores.rollouts.load(id);
    if (!stored) throw new RolloutUnknown(id);
    return stored;
  }

  private async replanOnce(stored: Stored, by: Actor): Promise<Rollout | undefined> {
    const { rollout } = stored;
    if (!allowedVerbs(rollout).includes('replan')) {
      throw refusal(rollout, 'PhaseForbids', `a rollout that is ${rollout.phase} can not be planned anew`);
    }
    const { policy, clusters } = await this.remade(rollout);
    const running = rollout.phase === 'Running' || rollout.phase === 'Queued';
    const outcome = await this.starter.start({
      ...{ policy, clusters, cause: rollout.cause, replaces: stored, at: this.ports.clock.now() },
      origin: { trigger: running ? 'manual' : rollout.cause.trigger, by, replan: { draft: !running } },
    });
    if (outcome.type === 'noTargets') throw refusal(rollout, 'NoTargets', NOTHING_LEFT);
    return outcome.type === 'made' ? outcome.rollout : undefined;
  }

  /** @throws VerbRefused when there is no plan, so that the rollout is left as it is. */
  private async remade(rollout: Rollout): Promise<Remade> {
    const { subjects } = this.stores.gathering;
    const place = { policy: rollout.policy.name, source: subjectOf(rollout.cause) };
    const [policies, subject] = await Promise.all([this.stores.policies.snapshot(), subjects.of(place)]);
    if (!subject) throw refusal(rollout, 'PhaseForbids', 'workloads that a person named are not planned anew');
    const { changing, users } = await subjects.look(subject);
    const policy = policies.find((each) => each.policy.name === rollout.policy.name);
    if (!policy) throw refusal(rollout, 'PolicyGone', `policy "${rollout.policy.name}" does not exist any more`);
    const byHand = rollout.cause.trigger === 'manual';
    const name = policy.policy.name;
    const isAsked = ({ cluster }: Pick<SourceInCluster, 'cluster'>): boolean => {
      const target = rollout.targets.get(cluster);
      return target?.reason !== 'ByUser' && (!byHand || target !== undefined);
    };
    const asked = among(changing, ({ source, clusters }) =>
      (byHand ? clusters : ownedBy(policies, name, source, clusters)).filter(isAsked),
    );
    const decision = decideChange(asked, null, true);
    const told = decision.type === 'start' ? decision.clusters : [];
    const silent = without(users, namesOf(told));
    const takes = (ref: SourceRef, each: UsersInCluster): boolean =>
      isAsked(each) && (byHand || isOwned(policies, name, ref, each));
    const clusters = withAbsent(told, await subjects.away(subject, silent, takes));
    const planned = makePlan(policy.policy, { subject: subject.key, clusters });
    if (!planned.ok) throw refusal(rollout, 'PlanInvalid', `${planned.refusal.code}: ${planned.refusal.detail}`);
    if (planned.plan.planned === 0) throw refusal(rollout, 'NoTargets', NOTHING_LEFT);
    return { policy, clusters, planHash: planHashOf(planned.plan.canonical) };
  }
}

const NOTHING_LEFT = 'no workload that the policy takes waits for the source any more';

const refusal = (rollout: Rollout, reason: string, message: string): VerbRefused =>
  new VerbRefused(rollout.phase, allowedVerbs(rollout), reason, message);
