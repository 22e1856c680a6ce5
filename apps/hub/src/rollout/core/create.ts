import type { WorkloadRef } from '@app/contracts/objects';
import type { Ramp } from '@app/contracts/policy/rules';
import type { ResolvedGate, ResolvedPolicy } from '@app/contracts/policy/resolved';
import type { Revision } from '@app/contracts/revision';
import { newGates } from './gates';
import { newRamp } from './ramp';
import type { Cause, Instant, Restart, Rollout, Target, Wave, Why } from './model';
import { NO_REASON } from './state';
import { Targets } from './targets';

/** What a rollout needs to know of a planned target; a plan has more. */
type PlannedTarget = Readonly<{
  cluster: string;
  to: Revision | null;
  workloads: readonly Readonly<{
    ref: WorkloadRef;
    uid: string;
    after: readonly string[];
    fleet?: NonNullable<Restart['fleet']>;
  }>[];
}>;

type PlannedWave = Readonly<
  Pick<Wave, 'name' | 'dependsOn' | 'maxConcurrency' | 'maxFailures' | 'failureExposure' | 'soakMs'> & {
    gates: readonly ResolvedGate[];
    ramp?: Ramp;
    targets: readonly PlannedTarget[];
  }
>;

export type NewRollout = Readonly<{
  id: string;
  policy: Readonly<{ name: string; version: number }>;
  spec: ResolvedPolicy;
  cause: Cause;
  plan: Readonly<{ waves: readonly PlannedWave[] }>;
  planHash: string;
  /** Whether a person has to start it; null: as the policy says. */
  draft: boolean | null;
  lineage: number;
  /** Rollouts in a row that were superseded before it; absent: none. */
  chain?: number;
  at: Instant;
}>;

/**
 * A rollout that has done nothing yet: Draft when the policy wants a person to start it, else Queued.
 * What a person starts by hand is started already.
 */
export function newRollout(input: NewRollout): Rollout {
  const { plan, at, ...kept } = input;
  const draft = input.draft ?? (input.spec.start !== 'auto' && input.cause.trigger === 'change');
  return {
    ...{ id: kept.id, policy: kept.policy, spec: kept.spec, cause: kept.cause },
    ...{ planHash: kept.planHash, lineage: kept.lineage },
    ...(kept.chain !== undefined && { chain: kept.chain }),
    ...(draft ? draftBecause(input) : QUEUED),
    supersededBy: null,
    waves: plan.waves.map((wave) => newWave(kept.id, wave)),
    targets: Targets.of(targetsIn(plan)),
    acceptedFailures: [],
    createdAt: at,
    startedAt: null,
    finishedAt: null,
  };
}

const draftBecause = ({ draft }: NewRollout) =>
  ({
    phase: 'Draft',
    reason: 'NotStarted',
    message: `${draft === true ? 'it was planned anew' : 'the policy has rollouts started by a person'}: use start`,
  }) as const;
const QUEUED = { phase: 'Queued', ...NO_REASON } as const;

function newWave(rollout: string, planned: PlannedWave): Wave {
  return {
    name: planned.name,
    phase: 'Pending',
    ...waveOrder(planned.dependsOn),
    dependsOn: planned.dependsOn,
    maxConcurrency: planned.maxConcurrency,
    maxFailures: planned.maxFailures,
    failureExposure: planned.failureExposure,
    soakMs: planned.soakMs,
    soakUntil: null,
    ...newGates(rollout, planned.name, planned.gates),
    ...newRamp(planned.ramp),
    startedAt: null,
    finishedAt: null,
    clusters: planned.targets.map((target) => target.cluster),
  };
}

/** Why a wave that has not started waits. */
export const waveOrder = (dependsOn: readonly string[]): Why =>
  dependsOn.length === 0 ? NO_REASON : { reason: 'Wave', message: `waits for wave ${dependsOn.join(', ')}` };

/** The targets of all its waves, for a new rollout or for one that they join. */
export const targetsIn = ({ waves }: NewRollout['plan']): readonly Target[] =>
  waves.flatMap((wave) => wave.targets.map((target) => newTarget(target, wave.name)));

/** A target as planned, for a new rollout or for a cluster that joins one. */
export function newTarget(planned: PlannedTarget, wave: string): Target {
  return {
    cluster: planned.cluster,
    wave,
    phase: 'Pending',
    reason: 'Wave',
    message: turnText(wave),
    until: null,
    closes: null,
    attempt: 0,
    expected: planned.to,
    dispatchedAt: null,
    lostAt: null,
    finishedAt: null,
    restarts: planned.workloads.map(({ ref, uid, after, fleet }) => ({
      workload: ref,
      uid,
      after,
      ...(fleet && { fleet }),
      phase: 'Pending',
      ...NO_REASON,
      revision: null,
      startedAt: null,
      finishedAt: null,
    })),
  };
}

/** What a target of a wave that has not started waits for. */
export const turnText = (wave: string): string => `waits for its turn in wave ${wave}`;
