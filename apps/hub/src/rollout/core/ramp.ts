import type { Ramp } from '@app/contracts/policy/rules';
import type { RampState, Rollout, Target, Wave } from './model';
import { isHeld } from './fleet-order';
import { isFailing, isInFlight, isOpen, mapWaves, targetsOf } from './state';

/** The part of a new wave that holds its ramp; one without has no such part. */
export const newRamp = (ramp: Ramp | undefined): Pick<Wave, 'ramp'> =>
  ramp === undefined ? {} : { ramp: { ...ramp, size: ramp.start, batch: [] } };

/** The next batch of every wave whose batch is through: larger after success, as small as at first after a failure. */
export const rampUp = (rollout: Rollout): Rollout =>
  mapWaves(rollout, (wave) => {
    const { ramp } = wave;
    if (ramp === undefined || wave.phase !== 'Active') return wave;
    const members = batchOf(rollout, wave);
    const failed = members.some(isFailing);
    const through = members.every(isThrough);
    if (!through || (!failed && ramp.batch.length < ramp.size)) return wave;
    const size = failed ? ramp.start : grown(ramp, wave.maxConcurrency);
    return { ...wave, ramp: { ...ramp, size, batch: [] } };
  });

/** What is left of it, if anything, waits for others that may not have started. */
const isThrough = (target: Target): boolean =>
  !isOpen(target) || target.phase === 'Deferred' || (!isInFlight(target) && isHeld(target));

const grown = ({ size, factor }: RampState, most: number): number =>
  Math.max(size, Math.min(most, Math.max(size + 1, Math.floor(size * factor))));

const batchOf = (rollout: Rollout, { ramp, ...wave }: Wave): readonly Target[] => {
  const names = new Set(ramp?.batch);
  return targetsOf(rollout, wave).filter(({ cluster }) => names.has(cluster));
};

/** How many more clusters may start in the batch; after a failure none, until the others of it are through. */
export function rampRoom(rollout: Rollout, wave: Wave): number {
  const { ramp } = wave;
  if (ramp === undefined) return Infinity;
  return batchOf(rollout, wave).some(isFailing) ? 0 : ramp.size - ramp.batch.length;
}

export const isInBatch = ({ ramp }: Wave, { cluster }: Target): boolean => ramp?.batch.includes(cluster) === true;

/** The wave with these clusters in its batch. */
export function withStarted(wave: Wave, clusters: readonly string[]): Wave {
  const { ramp } = wave;
  const fresh = clusters.filter((cluster) => ramp?.batch.includes(cluster) === false);
  return ramp === undefined || fresh.length === 0
    ? wave
    : { ...wave, ramp: { ...ramp, batch: [...ramp.batch, ...fresh] } };
}
