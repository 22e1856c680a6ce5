import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { Gate } from '../../rollout/core/gate';
import { gatesOf } from '../../rollout/core/gates';
import type { Restart, Rollout, Target, Wave } from '../../rollout/core/model';
import { restartWhy, targetWhy } from '../../rollout/core/limited';
import { targetsOf } from '../../rollout/core/state';
import type { Waiting } from '../../rollout/core/waiting';
import { gateView } from './gate-view';
import { Targets } from '../../rollout/core/targets';
import { timeOrNull, timeText } from '../../platform/core/times';

/** What the engine and the policies tell beside the rollout itself. */
export type RolloutContext = Readonly<{
  /** Version of the stored document. */
  version: number;
  policyOutdated: boolean;
  waitingFor: readonly Waiting[];
  counts: RolloutView['counts'];
  allowed: readonly string[];
}>;

const HIDDEN = 'some of its clusters are outside the scope of the token';

/** A gate without what people said of it. */
const quiet = (gate: Gate): Gate => ({
  ...gate,
  message: gate.message === '' ? '' : HIDDEN,
  given: gate.given.map((decision) => ({ ...decision, why: '' })),
  rejected: gate.rejected && { ...gate.rejected, why: '' },
});

/**
 * The rollout as if it had only the clusters that the reader may see. Sentences that may name others are replaced.
 * Undefined when the reader may see none of them.
 */
export function withinScope(rollout: Rollout, inScope: (cluster: string) => boolean): Rollout | undefined {
  const targets = rollout.targets.all().filter(({ cluster }) => inScope(cluster));
  if (targets.length === rollout.targets.size) return rollout;
  if (targets.length === 0) return undefined;
  const message = (text: string): string => (text === '' ? '' : HIDDEN);
  return {
    ...rollout,
    message: message(rollout.message),
    cause: { ...rollout.cause, revisions: rollout.cause.revisions.filter(({ cluster }) => inScope(cluster)) },
    targets: Targets.of(targets),
    waves: rollout.waves.map((wave) => ({
      ...wave,
      message: message(wave.message),
      clusters: wave.clusters.filter(inScope),
      ...(wave.gates && { gates: wave.gates.map(quiet) }),
    })),
  };
}

/** A rollout as the API shows it. */
export const rolloutView = (rollout: Rollout, context: RolloutContext): RolloutView => ({
  ...rolloutSummary(rollout, context),
  waves: rollout.waves.map((wave) => waveView(wave, rollout)),
});

/** A rollout as lists show it. */
export function rolloutSummary(rollout: Rollout, context: RolloutContext): RolloutSummary {
  const { asked, trigger, actor, reason } = rollout.cause;
  return {
    id: rollout.id,
    policy: rollout.policy,
    policyOutdated: context.policyOutdated,
    phase: rollout.phase,
    reason: rollout.reason,
    message: rollout.message,
    cause: {
      sources: changesOf(rollout.cause),
      ...(asked && { workloads: [...asked.workloads], force: asked.force }),
      trigger,
      actor,
      reason,
    },
    supersededBy: rollout.supersededBy,
    waitingFor: context.waitingFor.map(waitingView),
    counts: context.counts,
    planHash: rollout.planHash,
    allowed: [...context.allowed],
    createdAt: timeText(rollout.createdAt),
    startedAt: timeOrNull(rollout.startedAt),
    finishedAt: timeOrNull(rollout.finishedAt),
    version: context.version,
  };
}

const changesOf = ({ source, revisions }: Rollout['cause']): RolloutSummary['cause']['sources'] =>
  revisions.flatMap(({ source: own = source, cluster, from, to }) =>
    own === null ? [] : [{ ...own, cluster, from, to }],
  );

const waitingView = ({ reason, until, detail, window, gate }: Waiting): RolloutSummary['waitingFor'][number] => ({
  reason,
  until: timeOrNull(until),
  detail,
  ...(gate !== undefined && { gate }),
  ...(window && {
    closedBecause: window.closedBecause,
    nextOpen: timeOrNull(window.nextOpen),
    nextClose: timeOrNull(window.nextClose),
  }),
});

function waveView(wave: Wave, rollout: Rollout): RolloutView['waves'][number] {
  const { name, phase, reason, message, maxConcurrency, maxFailures } = wave;
  return {
    name,
    phase,
    reason,
    message,
    dependsOn: [...wave.dependsOn],
    maxConcurrency,
    maxFailures,
    soakUntil: timeOrNull(wave.soakUntil),
    startedAt: timeOrNull(wave.startedAt),
    finishedAt: timeOrNull(wave.finishedAt),
    gates: gatesOf(wave).map((gate) => gateView(rollout.id, name, gate)),
    targets: targetsOf(rollout, wave).map(targetView),
  };
}

const targetView = (target: Target): RolloutView['waves'][number]['targets'][number] => {
  const { cluster, phase, attempt, restarts } = target;
  const { reason, message, until } = targetWhy(target);
  const told = { reason, message, until: timeOrNull(until) };
  return { cluster, phase, ...told, attempt, restarts: restarts.map((restart) => restartView(target, restart)) };
};

function restartView(target: Target, restart: Restart) {
  const { workload, phase, revision, startedAt, finishedAt } = restart;
  const { reason, message } = restartWhy(target, restart);
  return {
    ...workload,
    ...{ phase, reason, message, revision },
    startedAt: timeOrNull(startedAt),
    finishedAt: timeOrNull(finishedAt),
  };
}
