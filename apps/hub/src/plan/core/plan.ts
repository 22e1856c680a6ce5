import { type Labels, objectKey, type WorkloadKind } from '@app/contracts/objects';
import { matchesWorkload } from '@app/contracts/policy/matches';
import { resolveFailureLimit, resolveShare } from '@app/contracts/policy/amounts';
import type { ResolvedPolicy, ResolvedWave } from '@app/contracts/policy/resolved';
import { matchesSelector } from '@app/contracts/selector';
import { assignWaves } from './assign';
import type {
  CandidateCluster,
  CandidateWorkload,
  Plan,
  Planned,
  PlannedTarget,
  PlannedWave,
  PlanInput,
  PlanWarning,
} from './model';
import { fleetCycle, fleetPlace, fleetWarnings } from './fleet-order';
import { type Ordered, orderWorkloads } from './order';
import { narrow } from './narrow';
import { waveWarnings } from './warnings';

/** Sorts the clusters that a change concerns into the waves of a policy. Equal input gives an equal plan. */
export function makePlan(policy: ResolvedPolicy, input: PlanInput): Planned {
  const candidates = selectCandidates(policy, input);
  const ordered = candidates.map((cluster) => ({
    cluster,
    order: orderWorkloads(policy.workloadOrder, cluster.workloads),
  }));
  const cyclic = ordered.filter(isCyclic);
  if (cyclic.length > 0) return refuseCycle(cyclic);
  const orderly = ordered.filter(isOrderly);
  const circle = fleetCycle(policy.workloadOrder, candidates);
  if (circle !== undefined) return refuseFleetCycle(circle);
  const assigned = assignWaves(policy, candidates);
  if (assigned.unassigned.length > 0 && policy.unassigned === 'fail')
    return refuseUnassigned(policy, assigned.unassigned);

  const targets = new Map(orderly.map(({ cluster, order }) => [cluster.name, toTarget(policy, cluster, order.after)]));
  const narrowed = narrow(policy, candidates, assigned.waves);
  const waves = narrowed.waves.map(({ wave, clusters }) =>
    toWave(
      wave,
      clusters.flatMap((name) => targets.get(name) ?? []),
    ),
  );
  const warnings = [...narrowed.warnings, ...orderly.flatMap(droppedWarnings), ...assigned.warnings];
  return {
    ok: true,
    plan: {
      ...toPlan(narrowed.policy, input, waves, warnings),
      ...(narrowed.policy !== policy && { policy: narrowed.policy }),
    },
  };
}

/** Whether the policy restarts workloads of this kind, with these labels. */
export const takesWorkload = ({ match }: ResolvedPolicy, kind: WorkloadKind, labels: Labels): boolean =>
  matchesWorkload(match.workloads, kind, labels);

function selectCandidates(policy: ResolvedPolicy, input: PlanInput): readonly CandidateCluster[] {
  const { clusters } = policy.match;
  const wanted = ({ ref, labels }: CandidateWorkload): boolean => takesWorkload(policy, ref.kind, labels);
  return input.clusters
    .filter((cluster) => !clusters || matchesSelector(clusters, cluster.labels))
    .map((cluster) => ({ ...cluster, workloads: cluster.workloads.filter(wanted) }))
    .filter((cluster) => cluster.workloads.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const toTarget = (
  { workloadOrder }: ResolvedPolicy,
  cluster: CandidateCluster,
  after: Readonly<Record<string, readonly string[]>>,
): PlannedTarget => ({
  cluster: cluster.name,
  from: cluster.from,
  to: cluster.to,
  workloads: cluster.workloads
    .map((workload) => {
      const fleet = fleetPlace(workloadOrder, workload);
      return { ...workload, after: after[objectKey(workload.ref)] ?? [], ...(fleet && { fleet }) };
    })
    .sort((a, b) => (objectKey(a.ref) < objectKey(b.ref) ? -1 : 1)),
});

const toWave = (wave: ResolvedWave, targets: readonly PlannedTarget[]): PlannedWave => ({
  name: wave.name,
  dependsOn: wave.dependsOn,
  maxConcurrency: resolveShare(wave.maxConcurrency, targets.length),
  maxFailures: resolveFailureLimit(wave.maxFailures, targets.length),
  failureExposure: wave.failureExposure,
  soakMs: wave.soakMs,
  gates: wave.gates,
  ...(wave.ramp && { ramp: wave.ramp }),
  targets,
});

function toPlan(
  policy: ResolvedPolicy,
  input: PlanInput,
  waves: readonly PlannedWave[],
  found: readonly PlanWarning[],
): Plan {
  const shape = waves.map((wave) => [
    wave.name,
    wave.maxConcurrency,
    wave.maxFailures,
    wave.soakMs,
    wave.targets.map((target) => [
      target.cluster,
      target.to,
      target.workloads.map(({ ref, after, fleet }) => [objectKey(ref), after, fleet]),
    ]),
    wave.gates,
    wave.ramp,
  ]);
  return {
    waves,
    warnings: [...found, ...fleetWarnings(waves), ...waves.flatMap((wave, index) => waveWarnings(wave, policy, index))],
    planned: waves.reduce((sum, wave) => sum + wave.targets.length, 0),
    canonical: JSON.stringify([policy.name, input.subject, shape]),
  };
}

/** Nobody's restart may depend on two people agreeing on annotations: what would go in a circle is left out. */
const droppedWarnings = ({ cluster, order }: InOrder<true>): readonly PlanWarning[] =>
  order.dropped.map(({ workload, after }) => ({
    code: 'RESTART_AFTER_CYCLE',
    detail: `${workload} does not wait for ${after}, as its annotation asks: that one waits for it`,
    subject: cluster.name,
  }));

type InOrder<Ok extends boolean> = Readonly<{
  cluster: CandidateCluster;
  order: Extract<Ordered, { ok: Ok }>;
}>;
type Sorted = Readonly<{ cluster: CandidateCluster; order: Ordered }>;

const isOrderly = (one: Sorted): one is InOrder<true> => one.order.ok;
const isCyclic = (one: Sorted): one is InOrder<false> => !one.order.ok;

function refuseCycle(cyclic: readonly InOrder<false>[]): Planned {
  const paths = cyclic.map(({ cluster, order }) => `${cluster.name}: ${order.cycle.join(' > ')}`);
  return {
    ok: false,
    refusal: {
      code: 'CYCLE',
      detail: `workloads would wait for each other in ${paths.join('; ')}: change dependsOn.workloads or their labels`,
      subjects: cyclic.map(({ cluster }) => cluster.name),
    },
  };
}

function refuseFleetCycle(circle: readonly string[]): Planned {
  const detail = `workloads would wait for each other over the fleet: ${circle.join(', ')}: change dependsOn.workloads`;
  const clusters = circle.map((name) => name.slice(0, name.indexOf('/')));
  return { ok: false, refusal: { code: 'CYCLE', detail, subjects: [...new Set(clusters)] } };
}

const refuseUnassigned = (policy: ResolvedPolicy, clusters: readonly string[]): Planned => ({
  ok: false,
  refusal: {
    code: 'UNASSIGNED',
    detail: `no wave of policy "${policy.name}" takes ${clusters.join(', ')}: add a wave with rest, or set unassigned`,
    subjects: clusters,
  },
});
