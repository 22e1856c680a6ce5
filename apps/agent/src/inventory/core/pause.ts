import type { WorkloadKind } from '@app/contracts/objects';
import { parseDurationMs } from '../../config/core/arguments';
import { type AnnotationKeys, type Annotations, OUR_KEYS, valuesOf } from './annotation-keys';
import { type RolloutStatus, type Stillness, stillness } from './rollout-status';

/** What a Deployment says about pauses: each restart of ours may hold its pods back for a while. */
export type Pause = Readonly<{
  /** null: no period, or none that can be read. */
  periodMs: number | null;
  /** What was written where a duration belongs; null: nothing is wrong. */
  invalid: string | null;
  /** The instant of a pause of ours, as it is written (RFC 3339); null: it is not paused by us. */
  pausedAt: string | null;
}>;

const LONGEST_MS = 365 * 24 * 3_600_000;

type Levels = Readonly<{ metadata: Annotations; template: Annotations; keys: AnnotationKeys }>;

/** null: it says nothing about pauses. */
export function readPause(kind: WorkloadKind, { metadata, template, keys }: Levels): Pause | null {
  if (kind !== 'Deployment') return null;
  const text = periodOf(metadata, keys) ?? periodOf(template, keys) ?? '';
  const pausedAt = metadata[keys.pausedAt] ?? null;
  return text === '' && pausedAt === null ? null : { ...readPeriod(text), pausedAt };
}

function readPeriod(text: string): Pick<Pause, 'periodMs' | 'invalid'> {
  if (text === '') return { periodMs: null, invalid: null };
  const ms = parseDurationMs(text);
  if (ms === undefined) return { periodMs: null, invalid: text.slice(0, 100) };
  return { periodMs: ms > 0 ? Math.min(ms, LONGEST_MS) : null, invalid: null };
}

/** What is to be told to whoever wrote the annotations. */
export function pauseWarnings(kind: WorkloadKind, levels: Levels): readonly string[] {
  const { metadata, template, keys } = levels;
  if (kind !== 'Deployment') {
    const isThere = (periodOf(metadata, keys) ?? periodOf(template, keys)) !== undefined;
    return isThere ? [`a pause period holds for Deployments only: this ${kind} restarts without a pause`] : [];
  }
  const invalid = readPause(kind, levels)?.invalid ?? null;
  return invalid === null ? [] : [invalidPeriod(invalid)];
}

const periodOf = (level: Annotations, keys: AnnotationKeys): string | undefined =>
  valuesOf(level, OUR_KEYS.pausePeriod, keys.pausePeriod)[0];

const invalidPeriod = (text: string): string =>
  `the pause period "${text}" is no duration such as 30s, 5m or 1h30m: it is not restarted until that is mended`;

type Pausable = Readonly<{ status: RolloutStatus; pause: Pause | null }>;

/** True while a pause of ours holds its pods back. One that a person made carries no instant of ours. */
export const isPausedByUs = ({ status, pause }: Pausable): boolean =>
  status.paused && pause !== null && pause.pausedAt !== null;

/**
 * Ms until a pause of ours is over, 0 once it is; null: there is none. What nobody can read or still asks for ends at
 * once, and a clock that was set back makes no pause longer than its period. `now`: epoch ms.
 */
export function pauseLeftMs({ pause }: Pick<Pausable, 'pause'>, now: number): number | null {
  if (pause === null || pause.pausedAt === null) return null;
  const since = Date.parse(pause.pausedAt);
  const { periodMs } = pause;
  if (periodMs === null || Number.isNaN(since)) return 0;
  return Math.max(0, Math.min(periodMs, since + periodMs - now));
}

/** Why a restart would not replace the pods, or must not be made; null when it would. A pause of ours is none. */
export function hindranceOf(workload: Pausable): Stillness | null {
  const { status, pause } = workload;
  const invalid = pause?.invalid ?? null;
  if (invalid !== null) return { reason: 'InvalidPausePeriod', message: invalidPeriod(invalid) };
  return stillness(isPausedByUs(workload) ? { ...status, paused: false } : status);
}
