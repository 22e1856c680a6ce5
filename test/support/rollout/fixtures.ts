import type { Amount, FailureLimit } from '@app/contracts/policy/amounts';
import type { ResolvedGate, ResolvedPolicy, ResolvedWave } from '@app/contracts/policy/resolved';
import type { Ramp } from '@app/contracts/policy/rules';
import type { WorkloadRef } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import type { Plan, PlannedTarget, PlannedWave } from '../../../apps/hub/src/plan/core/model';
import { newRollout } from '../../../apps/hub/src/rollout/core/create';
import type { Instant, Rollout } from '../../../apps/hub/src/rollout/core/model';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** 2027-01-01T00:00:00Z: where every scenario starts. */
export const START: Instant = Date.UTC(2027, 0, 1);

/** A revision that can be told apart by eye. */
export const revisionOf = (name: string): Revision => `k000001:${name.padEnd(22, '_')}`;

export const OLD = revisionOf('old');
export const NEW = revisionOf('new');

export type WaveRules = Readonly<{
  name: string;
  clusters: readonly string[];
  after: readonly string[];
  concurrency: Amount;
  failures: FailureLimit;
  exposure: 'bounded' | 'unbounded';
  soakMs: number;
  ramp?: Ramp;
  onRegression?: 'fail' | 'reset';
  gates?: readonly ResolvedGate[];
}>;

export type Rules = Readonly<{
  waves: readonly WaveRules[];
  /** Workload names of every cluster; `b>a` starts after `a`. */
  workloads: readonly string[];
  onFailure: ResolvedPolicy['onFailure'];
  maxFailures: FailureLimit | null;
  start: ResolvedPolicy['start'];
  maxDeferred: Amount;
  target: ResolvedPolicy['target'];
  offline?: ResolvedPolicy['offline']['policy'];
  haltTtlMs?: number;
  supersede?: NonNullable<ResolvedPolicy['supersede']>;
  joiners?: NonNullable<ResolvedPolicy['joiners']>;
  leavers?: NonNullable<ResolvedPolicy['leavers']>;
  policiesBefore?: readonly string[];
  /** Clusters that are out of reach when the rollout is planned. */
  absent?: readonly string[];
  graceMs: number;
  deferTtlMs: number;
}>;

export const workloadNamed = (name: string): WorkloadRef => ({ kind: 'Deployment', namespace: 'shop', name });
export const keyNamed = (name: string): string => `Deployment/shop/${name}`;

const waveRules = (wave: WaveRules): ResolvedWave => ({
  name: wave.name,
  clusters: { selector: null, names: wave.clusters, size: null, rest: false, orderBy: null },
  dependsOn: wave.after,
  maxConcurrency: wave.concurrency,
  maxFailures: wave.failures,
  failureExposure: wave.exposure,
  soakMs: wave.soakMs,
  ...(wave.ramp && { ramp: wave.ramp }),
  ...(wave.onRegression && { onRegression: wave.onRegression }),
  gates: wave.gates ?? [],
});

export const policyOf = (rules: Rules): ResolvedPolicy => ({
  name: 'test',
  priority: 0,
  enabled: true,
  start: rules.start,
  match: { sources: null, clusters: null, workloads: null },
  coalesce: { quietMs: 0, maxWaitMs: 0 },
  waves: rules.waves.map(waveRules),
  unassigned: 'fail',
  onFailure: rules.onFailure,
  maxFailures: rules.maxFailures,
  workloadOrder: fleetRules(rules.workloads).map(() => ({ first: [], then: [], scope: 'fleet' })),
  target: rules.target,
  offline: {
    ...{ policy: rules.offline ?? 'defer', maxDeferred: rules.maxDeferred },
    ...{ graceMs: rules.graceMs, deferTtlMs: rules.deferTtlMs },
  },
  ...(rules.haltTtlMs !== undefined && { haltTtlMs: rules.haltTtlMs }),
  ...(rules.supersede !== undefined && { supersede: rules.supersede }),
  ...(rules.joiners !== undefined && { joiners: rules.joiners }),
  ...(rules.leavers !== undefined && { leavers: rules.leavers }),
  ...(rules.policiesBefore !== undefined && { policiesBefore: rules.policiesBefore }),
  windows: [],
});

/** Splits `api>auth` into the workload and what it waits for; `api>>auth` waits for that of every cluster. */
export const orderOf = (text: string): Readonly<{ name: string; after: readonly string[] }> => {
  const [name = '', ...after] = text.split(/>+/);
  return { name, after: after.map(keyNamed) };
};

/** The rules over the fleet, in the order of the workloads that wait: which name waits for which. */
const fleetRules = (workloads: readonly string[]): readonly (readonly [then: string, first: string])[] =>
  workloads.flatMap((text) => {
    const [, ...firsts] = text.split('>>');
    return firsts.map((first) => [orderOf(text).name, first] as const);
  });

function fleetOf(name: string, workloads: readonly string[]): Pick<PlannedTarget['workloads'][number], 'fleet'> {
  const indexes = (side: 0 | 1): readonly number[] =>
    fleetRules(workloads).flatMap((rule, index) => (rule[side] === name ? [index] : []));
  const fleet = { first: indexes(1), after: indexes(0) };
  return fleet.first.length + fleet.after.length === 0 ? {} : { fleet };
}

export const targetPlan = (cluster: string, workloads: readonly string[]): PlannedTarget => ({
  cluster,
  from: OLD,
  to: NEW,
  workloads: workloads.map(orderOf).map(({ name, after }) => ({
    ref: workloadNamed(name),
    uid: `uid-${name}`,
    labels: {},
    replicas: 1,
    pending: true,
    state: 'Pending',
    reason: '',
    after,
    ...fleetOf(name, workloads),
  })),
});

const wavePlan = (wave: WaveRules, rules: Rules): PlannedWave => ({
  name: wave.name,
  dependsOn: wave.after,
  // The engine resolves both when the wave starts: numbers that show if it forgets to.
  maxConcurrency: 1,
  maxFailures: 0,
  failureExposure: wave.exposure,
  soakMs: wave.soakMs,
  ...(wave.ramp && { ramp: wave.ramp }),
  gates: wave.gates ?? [],
  targets: wave.clusters.map((cluster) => ({
    ...targetPlan(cluster, rules.workloads),
    ...(rules.absent?.includes(cluster) && { to: null }),
  })),
});

export function planOf(rules: Rules): Plan {
  const waves = rules.waves.map((wave) => wavePlan(wave, rules));
  return { waves, warnings: [], planned: waves.flatMap(({ targets }) => targets).length, canonical: 'plan' };
}

export function rolloutOf(rules: Rules, at: Instant = START): Rollout {
  const clusters = rules.waves.flatMap((wave) => wave.clusters);
  return newRollout({
    id: 'r1',
    policy: { name: 'test', version: 1 },
    spec: policyOf(rules),
    cause: {
      source: { kind: 'Secret', namespace: 'shop', name: 'db' },
      trigger: 'change',
      actor: null,
      reason: null,
      revisions: clusters.map((cluster) => ({ cluster, from: OLD, to: NEW })),
    },
    plan: planOf(rules),
    planHash: 'hash',
    draft: null,
    lineage: 1,
    at,
  });
}
