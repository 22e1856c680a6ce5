import { Inject, Injectable } from '@nestjs/common';
import type { SourceRef } from '@app/contracts/objects';
import { KnownUsers, type UsersInCluster } from '../../fleet/known-users';
import { AGENT_OUTBOUND, type AgentOutbound, type OutOfTouch } from '../../gateway/agent.port';
import { candidateWorkload, overrideIn } from '../../plan/core/candidate';
import type { CandidateCluster } from '../../plan/core/model';

/** Clusters that use a source and can not be asked now whether its change has reached them. */
@Injectable()
export class AbsentClusters {
  constructor(
    private readonly users: KnownUsers,
    @Inject(AGENT_OUTBOUND) private readonly agents: Pick<AgentOutbound, 'outOfTouch'>,
  ) {}

  /** Of clusters that have not told of a change, those whose agents can not be heard. */
  among(silent: readonly string[]): Promise<readonly OutOfTouch[]> {
    return silent.length === 0 ? NOBODY : this.agents.outOfTouch(silent);
  }

  /**
   * The same as they are planned: what there is to restart is not known before they are back.
   * @param takes whether the rollout is to hold such a cluster.
   */
  async planned(
    source: SourceRef,
    silent: readonly string[],
    takes: (cluster: UsersInCluster) => boolean,
  ): Promise<readonly CandidateCluster[]> {
    const away = await this.among(silent);
    const known = await this.users.of(
      source,
      away.map(({ cluster }) => cluster),
    );
    return known.filter(takes).map(candidate);
  }
}

const NOBODY = Promise.resolve<readonly OutOfTouch[]>([]);

const candidate = ({ cluster, registration, source, workloads }: UsersInCluster): CandidateCluster => ({
  name: cluster,
  labels: registration?.labels ?? {},
  from: source?.revision ?? null,
  to: null,
  ...overrideIn(source),
  workloads: workloads.map(candidateWorkload),
});

/** Those who have told, and the absent: of a cluster that is absent now, what it told before may not be so any more. */
export const withAbsent = (
  told: readonly CandidateCluster[],
  absent: readonly CandidateCluster[],
): readonly CandidateCluster[] => {
  const away = new Set(absent.map(({ name }) => name));
  return [...told.filter(({ name }) => !away.has(name)), ...absent];
};
