import { isTerminalTarget, type RestartPhase, type TargetPhase } from '@app/contracts/phases';
import type { Restart, Rollout, Target, Wave, Why } from './model';

export const NO_REASON: Why = { reason: '', message: '' };

/** Reads a record by a key from outside: names like `constructor` are legal cluster names. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** The same object when nothing in the patch differs, so that unchanged state keeps its identity. */
export function change<T extends object>(before: T, patch: Partial<T>): T {
  const keys = Object.keys(patch) as (keyof T)[];
  return keys.every((key) => Object.is(before[key], patch[key])) ? before : { ...before, ...patch };
}

const RESTART_OVER: ReadonlySet<RestartPhase> = new Set(['Succeeded', 'Failed', 'Skipped', 'Superseded']);
const RESTART_BEGUN: ReadonlySet<RestartPhase> = new Set(['Patching', 'RollingOut', 'Available']);
const IN_FLIGHT: ReadonlySet<TargetPhase> = new Set(['Dispatched', 'Acked', 'Restarting', 'Verifying', 'Unknown']);

/** Nothing more happens to it, short of an operator's retry. */
export const isOver = (restart: Restart): boolean => RESTART_OVER.has(restart.phase);
/** The agent holds, or may hold, a permit for it and has not answered yet. */
export const isPermitted = (restart: Restart): boolean => restart.revision !== null && !isOver(restart);
/** Seen being patched; it is never interrupted. */
export const hasBegun = (restart: Restart): boolean => RESTART_BEGUN.has(restart.phase);
/** Waits for its first permit, or for a new one after a refusal. */
export const isUnpermitted = (restart: Restart): boolean => restart.revision === null && !isOver(restart);

/** Holds a slot of its wave. */
export const isInFlight = (target: Target): boolean => IN_FLIGHT.has(target.phase);
/** Not dispatched, and would be if every guard let it. */
export const isWaiting = (target: Target): boolean => target.phase === 'Pending' || target.phase === 'Blocked';
export const isOpen = (target: Target): boolean => !isTerminalTarget(target.phase);

/** Sure to fail, or failed: counted at once, though its other restarts may still be under way. */
export const isFailing = (target: Target): boolean =>
  target.phase === 'Failed' || (isOpen(target) && target.restarts.some((restart) => restart.phase === 'Failed'));

/** Its rules are met: waves that depend on it may start. Such a wave never changes again. */
export const isFinished = (wave: Wave): boolean =>
  wave.phase === 'Succeeded' || wave.phase === 'Degraded' || wave.phase === 'Skipped';

/** It is its turn, or it stands at its gates: what it depends on is finished. Without the wave that it names: never. */
export const isDue = ({ waves }: Pick<Rollout, 'waves'>, { phase, dependsOn }: Wave): boolean =>
  (phase === 'Pending' || phase === 'GateBefore') &&
  dependsOn.every((name) => waves.some((wave) => wave.name === name && isFinished(wave)));

/** Waves may start and targets be dispatched only in this phase. */
export const isRunning = (rollout: Rollout): boolean => rollout.phase === 'Running';
/** A person has paused it; some of what had begun before may still be under way. */
export const isPaused = (rollout: Rollout): boolean => rollout.phase === 'Pausing' || rollout.phase === 'Paused';
/** Every target is on its way to an early end. */
export const isStopping = (rollout: Rollout): boolean =>
  rollout.phase === 'Cancelling' || rollout.phase === 'Superseding';

type TargetsByClusters = WeakMap<readonly string[], readonly Target[]>;
/** State is never changed in place, so what was looked up once holds for as long as the objects live. */
const lookedUp = new WeakMap<Rollout['targets'], TargetsByClusters>();

/** In the order in which they are dispatched. */
export function targetsOf({ targets }: Rollout, { clusters }: Wave): readonly Target[] {
  const known = lookedUp.get(targets) ?? new WeakMap<readonly string[], readonly Target[]>();
  lookedUp.set(targets, known);
  const found = known.get(clusters) ?? clusters.flatMap((cluster) => targets.get(cluster) ?? []);
  known.set(clusters, found);
  return found;
}

/** All targets, wave by wave. */
export const allTargets = (rollout: Rollout): readonly Target[] =>
  rollout.waves.flatMap((wave) => targetsOf(rollout, wave));

/** Keeps the identity of the rollout and of every target that `update` returns as it was. */
export function mapTargets(rollout: Rollout, update: (target: Target) => Target): Rollout {
  const changed = rollout.targets.all().flatMap((target) => {
    const next = update(target);
    return next === target ? [] : [next];
  });
  return withTargets(rollout, changed);
}

/** Puts these targets in place of those of the same clusters. */
export function withTargets(rollout: Rollout, changed: readonly Target[]): Rollout {
  return changed.length === 0 ? rollout : { ...rollout, targets: rollout.targets.with(changed) };
}

/** Keeps the identity of the rollout and of every wave that `update` returns as it was. */
export function mapWaves(rollout: Rollout, update: (wave: Wave) => Wave): Rollout {
  const waves = rollout.waves.map(update);
  return waves.every((wave, index) => wave === rollout.waves[index]) ? rollout : { ...rollout, waves };
}

/** Keeps the identity of the target and of every restart that `update` returns as it was. */
export function mapRestarts(target: Target, update: (restart: Restart) => Restart): Target {
  const restarts = target.restarts.map(update);
  return restarts.every((restart, index) => restart === target.restarts[index]) ? target : { ...target, restarts };
}

/** `a, b, c and 4 more`. */
export function namesText(names: readonly string[]): string {
  const SHOWN = 5;
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
