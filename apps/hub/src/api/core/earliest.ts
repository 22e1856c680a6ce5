import type { Instant } from '../../rollout/core/model';

type TimedWave = Readonly<{ name: string; dependsOn: readonly string[]; soakMs: number }>;

/** The earliest instant at which each wave can start: restarts take no time here, soaks take theirs. */
export function earliestStarts(waves: readonly TimedWave[], now: Instant): ReadonlyMap<string, Instant> {
  const starts = new Map<string, Instant>();
  for (const wave of waves) {
    const after = wave.dependsOn.map(
      (name) => (starts.get(name) ?? now) + (waves.find((one) => one.name === name)?.soakMs ?? 0),
    );
    starts.set(wave.name, Math.max(now, ...after));
  }
  return starts;
}
