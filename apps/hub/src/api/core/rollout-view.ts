import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { Instant, Restart, Rollout, Target, Wave } from '../../rollout/core/model';

/** What the engine and the policies tell beside the rollout itself. */
export type RolloutContext = Readonly<{
  /** Version of the stored document. */
  version: number;
  policyOutdated: boolean;
  waitingFor: readonly Readonly<{ reason: string; until: Instant | null; detail: string }>[];
  counts: RolloutView['counts'];
  allowed: readonly string[];
  /** Clusters that the reader may see; others are left out of waves and causes. */
  inScope: (cluster: string) => boolean;
}>;

const time = (at: Instant | null): string | null => (at === null ? null : new Date(at).toISOString());

/** A rollout as the API shows it. */
export const rolloutView = (rollout: Rollout, context: RolloutContext): RolloutView => ({
  ...rolloutSummary(rollout, context),
  waves: rollout.waves.map((wave) => waveView(wave, rollout, context.inScope)),
});

/** A rollout as lists show it. */
export function rolloutSummary(rollout: Rollout, context: RolloutContext): RolloutSummary {
  const { source, trigger, actor, reason, revisions } = rollout.cause;
  const seen = revisions.filter(({ cluster }) => context.inScope(cluster));
  return {
    id: rollout.id,
    policy: rollout.policy,
    policyOutdated: context.policyOutdated,
    phase: rollout.phase,
    reason: rollout.reason,
    message: rollout.message,
    cause: { sources: seen.map(({ cluster, from, to }) => ({ ...source, cluster, from, to })), trigger, actor, reason },
    supersededBy: rollout.supersededBy,
    waitingFor: context.waitingFor.map(({ reason: code, until, detail }) => ({
      reason: code,
      until: time(until),
      detail,
    })),
    counts: context.counts,
    planHash: rollout.planHash,
    allowed: [...context.allowed],
    createdAt: new Date(rollout.createdAt).toISOString(),
    startedAt: time(rollout.startedAt),
    finishedAt: time(rollout.finishedAt),
    version: context.version,
  };
}

function waveView(wave: Wave, rollout: Rollout, inScope: RolloutContext['inScope']): RolloutView['waves'][number] {
  const { name, phase, reason, message, maxConcurrency, maxFailures } = wave;
  const targets = wave.clusters.filter(inScope).flatMap((cluster) => {
    const target = Object.hasOwn(rollout.targets, cluster) ? rollout.targets[cluster] : undefined;
    return target ? [targetView(target)] : [];
  });
  return {
    name,
    phase,
    reason,
    message,
    dependsOn: [...wave.dependsOn],
    maxConcurrency,
    maxFailures,
    soakUntil: time(wave.soakUntil),
    startedAt: time(wave.startedAt),
    finishedAt: time(wave.finishedAt),
    targets,
  };
}

const targetView = ({
  cluster,
  phase,
  reason,
  message,
  until,
  attempt,
  restarts,
}: Target): RolloutView['waves'][number]['targets'][number] => ({
  cluster,
  phase,
  reason,
  message,
  until: time(until),
  attempt,
  restarts: restarts.map(restartView),
});

const restartView = ({ workload, phase, reason, message, revision, startedAt, finishedAt }: Restart) => ({
  ...workload,
  phase,
  reason,
  message,
  revision,
  startedAt: time(startedAt),
  finishedAt: time(finishedAt),
});
