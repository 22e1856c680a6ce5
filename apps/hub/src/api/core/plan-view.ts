import type { PlanView } from '@app/contracts/api/views';
import type { PlannedWave } from '../../plan/core/model';
import { RESTART_ESTIMATE_MS, type WaveTimes } from './earliest';
import { plannedGate } from './gate-view';
import { timeOrNull } from '../../platform/core/times';

type WaveView = PlanView['waves'][number];
type Times = ReadonlyMap<string, WaveTimes>;

/**
 * The waves of a plan as the API shows them, which is as a rollout would carry them out: one without clusters is skipped,
 * without soak and gates, and nothing soaks that nothing comes after.
 * @param sees which clusters may be shown
 */
export const plannedWaves = (
  waves: readonly PlannedWave[],
  times: Times,
  sees: (cluster: string) => boolean,
): readonly WaveView[] =>
  waves.map((wave) => {
    const time = times.get(wave.name);
    return {
      ...{ name: wave.name, ...fate(waves, wave) },
      ...{ maxConcurrency: wave.maxConcurrency, maxFailures: wave.maxFailures },
      estimate: { startsAt: timeOrNull(time?.startsAt ?? null), endsAt: timeOrNull(time?.endsAt ?? null) },
      targets: wave.targets
        .filter(({ cluster }) => sees(cluster))
        .map(({ cluster, workloads }) => ({
          cluster,
          earliest: timeOrNull(time?.earliest[cluster] ?? null),
          workloads: workloads.map(({ ref, replicas, state, reason }) => ({ ...ref, replicas, state, reason })),
        })),
    };
  });

/** When all is likely to be through. No time is known as soon as that of one wave with clusters is not. */
export function planEstimate(waves: readonly PlannedWave[], times: Times): NonNullable<PlanView['estimate']> {
  const ends = waves.filter(hasTargets).map(({ name }) => times.get(name)?.endsAt ?? null);
  const known = ends.flatMap((end) => end ?? []);
  const last = known.length > 0 && known.length === ends.length ? Math.max(...known) : null;
  return { endsAt: timeOrNull(last), restartSeconds: RESTART_ESTIMATE_MS / 1000 };
}

function fate(
  waves: readonly PlannedWave[],
  wave: PlannedWave,
): Pick<WaveView, 'phase' | 'reason' | 'soakSeconds' | 'gates'> {
  if (!hasTargets(wave)) return { phase: 'Skipped', reason: 'Empty', soakSeconds: 0, gates: [] };
  const soakMs = hasFollowers(waves, wave.name) ? wave.soakMs : 0;
  return { phase: 'Pending', reason: '', soakSeconds: soakMs / 1000, gates: wave.gates.map(plannedGate) };
}

const hasTargets = ({ targets }: PlannedWave): boolean => targets.length > 0;

/** A wave with clusters comes after it, directly or further on. */
const hasFollowers = (waves: readonly PlannedWave[], name: string): boolean =>
  waves
    .filter(({ dependsOn }) => dependsOn.includes(name))
    .some((next) => hasTargets(next) || hasFollowers(waves, next.name));
