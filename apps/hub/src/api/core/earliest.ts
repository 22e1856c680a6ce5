import type { Instant } from '../../rollout/core/model';

type TimedWave = Readonly<{
  name: string;
  dependsOn: readonly string[];
  maxConcurrency: number;
  soakMs: number;
  targets: readonly Readonly<{ workloads: readonly Readonly<{ after: readonly string[] }>[] }>[];
}>;

/** What one restart is taken to last in an estimate; how long it really takes is known only afterwards. */
export const RESTART_ESTIMATE_MS = 60_000;

/** When each wave can start, and when it is likely to be over, its soak not counted. */
export type WaveTimes = Readonly<{
  /** No sooner: restarts take no time here, soaks take theirs. */
  earliest: Instant;
  /** The same with restarts that last `RESTART_ESTIMATE_MS`, as many at a time as the wave takes. */
  startsAt: Instant;
  endsAt: Instant;
}>;

/** By wave name. A wave without targets takes no time, and does not soak. */
export function waveTimes(waves: readonly TimedWave[], now: Instant): ReadonlyMap<string, WaveTimes> {
  const times = new Map<string, WaveTimes>();
  for (const wave of waves) {
    const before = wave.dependsOn.flatMap((name) => {
      const known = times.get(name);
      const first = waves.find((one) => one.name === name);
      return known && first ? [{ known, soakMs: soakOf(first) }] : [];
    });
    const startsAt = Math.max(now, ...before.map(({ known, soakMs }) => known.endsAt + soakMs));
    times.set(wave.name, {
      earliest: Math.max(now, ...before.map(({ known, soakMs }) => known.earliest + soakMs)),
      startsAt,
      endsAt: startsAt + lengthOf(wave),
    });
  }
  return times;
}

const soakOf = (wave: TimedWave): number => (wave.targets.length === 0 ? 0 : wave.soakMs);

/** Clusters go in batches; in a cluster that orders its workloads one restart waits for another. */
function lengthOf({ targets, maxConcurrency }: TimedWave): number {
  const batches = Math.ceil(targets.length / Math.max(1, maxConcurrency));
  const steps = targets.some(({ workloads }) => workloads.some(({ after }) => after.length > 0)) ? 2 : 1;
  return batches * steps * RESTART_ESTIMATE_MS;
}
