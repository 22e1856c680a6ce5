import { objectKey } from '@app/contracts/objects';
import type { FleetNow, WorkloadNow } from './fleet-now';
import type { Instant, Restart, Rollout, Target, Wave } from './model';
import { mapWaves, own, targetsOf } from './state';
import { timeText } from '../../platform/core/times';

/** What the policy says about a workload that is not ready any more while its wave soaks; undefined: nothing. */
const reactionOf = ({ spec }: Rollout, { name }: Wave): 'fail' | 'reset' | undefined =>
  (spec.waves.find((wave) => wave.name === name) ?? spec.waves.at(-1))?.onRegression;

/** With how many pods a restart was seen through, where the policy wants to know later whether they are still there. */
export const seenWith = ({ waves }: Rollout['spec'], pods: number | undefined): Pick<Restart, 'pods'> =>
  pods !== undefined && pods > 0 && waves.some(({ onRegression }) => onRegression !== undefined) ? { pods } : {};

/** Whether news of restarted workloads matter to it now. */
export const watchesSoak = (rollout: Rollout): boolean =>
  rollout.waves.some((wave) => wave.phase === 'Soaking' && reactionOf(rollout, wave) !== undefined);

/** Looks after restarted workloads of waves that soak: notes when one of them was not ready, and when all are again. */
export const watchSoaks = (rollout: Rollout, fleet: FleetNow, at: Instant): Rollout =>
  mapWaves(rollout, (wave) => {
    const reaction = wave.phase === 'Soaking' ? reactionOf(rollout, wave) : undefined;
    if (reaction === undefined || (reaction === 'fail' && wave.regressed !== undefined)) return wave;
    const lost = targetsOf(rollout, wave).flatMap((target) => lostIn(target, fleet))[0];
    if (lost === undefined) return recovered(wave, at);
    if (wave.regressed?.lasts === true && wave.regressed.at === at) return wave;
    const text = `${lost} is not ready any more at ${timeText(at)}`;
    return { ...wave, regressed: { at, text, accepted: false, lasts: true } };
  });

/** A soak that begins again does so from here. */
function recovered(wave: Wave, at: Instant): Wave {
  if (wave.regressed?.lasts !== true) return wave;
  const { text, accepted } = wave.regressed;
  return { ...wave, regressed: { at, text, accepted } };
}

function lostIn({ cluster, phase, restarts }: Target, { clusters }: FleetNow): readonly string[] {
  const workloads = phase === 'Succeeded' ? own(clusters, cluster)?.workloads : undefined;
  if (workloads === undefined) return [];
  return restarts
    .filter((restart) => restart.phase === 'Succeeded' && isLost(restart, own(workloads, objectKey(restart.workload))))
    .map(({ workload }) => `${objectKey(workload)} in cluster ${cluster}`);
}

/** Whoever wants more pods than it had has lost none while those that it had are there: somebody scales it up. */
const isLost = ({ pods = Infinity }: Restart, now: WorkloadNow | undefined): boolean =>
  now?.unready === true && (now.ready ?? 0) < pods;

/** Why a wave has failed by that; null: it has not, or people let that go. */
export function regressionIn(rollout: Rollout, wave: Wave): string | null {
  const { regressed } = wave;
  if (regressed === undefined || regressed.accepted || reactionOf(rollout, wave) !== 'fail') return null;
  return `while wave ${wave.name} soaked, ${regressed.text}`;
}

/** When the soak began again, as far as workloads that recovered are to blame. */
export const soakedFrom = (rollout: Rollout, wave: Wave): readonly Instant[] =>
  wave.regressed !== undefined && reactionOf(rollout, wave) === 'reset' ? [wave.regressed.at] : [];

/** People go on in spite of it. */
export const acceptRegressions = (rollout: Rollout): Rollout =>
  mapWaves(rollout, (wave) =>
    wave.regressed?.accepted === false ? { ...wave, regressed: { ...wave.regressed, accepted: true } } : wave,
  );
