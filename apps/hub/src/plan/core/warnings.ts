import { objectKey, type WorkloadKind } from '@app/contracts/objects';
import type { ResolvedPolicy, ResolvedWave } from '@app/contracts/policy/resolved';
import type { CandidateWorkload, PlannedTarget, PlannedWave, PlanWarning } from './model';

type Rules = Pick<ResolvedPolicy, 'waves' | 'target'>;

/** What a person should know of a wave before it starts. */
export function waveWarnings(wave: PlannedWave, { waves, target }: Rules, index: number): PlanWarning[] {
  const spec: ResolvedWave | undefined = waves[index];
  const warnings: PlanWarning[] = [];
  if (wave.targets.length > 0 && wave.maxFailures >= wave.targets.length) {
    warnings.push({
      code: 'TOLERATES_TOTAL_FAILURE',
      detail: `all ${wave.targets.length} clusters of the wave may fail before it halts; it would still end Failed`,
      subject: wave.name,
    });
  }
  if (spec?.failureExposure === 'bounded' && wave.maxFailures === 0 && wave.targets.length > 1) {
    warnings.push({
      code: 'BOUNDED_IS_SERIAL',
      detail: 'no failure is tolerated and exposure is bounded: one cluster at a time',
      subject: wave.name,
    });
  }
  if (wave.targets.length === 0 && wave.gates.length > 0) {
    const names = wave.gates.map(({ name }) => name).join(', ');
    const detail = `the wave has no clusters: nobody is asked at its gates (${names})`;
    warnings.push({ code: 'GATE_NOT_ASKED', detail, subject: wave.name });
  }
  return [...warnings, ...wave.targets.flatMap((planned) => targetWarnings(planned, target))];
}

const targetWarnings = ({ cluster, workloads }: PlannedTarget, { pdb }: Rules['target']): PlanWarning[] =>
  workloads
    .flatMap((workload) => workloadWarnings(workload, pdb !== 'ignore'))
    .map((warning) => ({ ...warning, subject: cluster }));

/** By the reason with which an agent says that a new pod template would restart nothing. */
const STILL: Readonly<Record<string, readonly [code: string, text: string]>> = {
  OnDelete: [
    'ON_DELETE',
    'has the update strategy OnDelete: it is skipped, its pods restart when someone deletes them',
  ],
  PausedWorkload: ['PAUSED', 'is paused: it is skipped as long as it is'],
  ScaledToZero: ['SCALED_TO_ZERO', 'has no replicas: there is nothing to restart'],
  ManualRollout: ['MANUAL_ROLLOUT', 'is rolled out by hand: it is skipped'],
};

/** Kinds whose pods serve together, so that one alone is missed while it restarts. */
const REPLICATED: readonly WorkloadKind[] = ['Deployment', 'StatefulSet'];

function workloadWarnings(workload: CandidateWorkload, withBudgets: boolean): Pick<PlanWarning, 'code' | 'detail'>[] {
  const name = objectKey(workload.ref);
  const still = Object.hasOwn(STILL, workload.reason) ? STILL[workload.reason] : undefined;
  if (still) return [{ code: still[0], detail: `${name} ${still[1]}` }];
  const isAlone = workload.replicas === 1 && REPLICATED.includes(workload.ref.kind);
  const alone = { code: 'SINGLE_REPLICA', detail: `${name} has one replica: a restart may interrupt it` };
  const budget = {
    code: 'PDB',
    detail: `${name} is under the disruption budget ${workload.budget}, which lets none of its pods go: its rolling update does not ask for that`,
  };
  return [...(isAlone ? [alone] : []), ...(withBudgets && workload.budget !== undefined ? [budget] : [])];
}
