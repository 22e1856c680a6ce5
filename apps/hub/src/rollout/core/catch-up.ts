import type { Revision } from '@app/contracts/revision';
import type { Rollout, RolloutEvent, Target, Wave } from './model';
import { isAbsent, isVacated } from './absent';
import { newGates } from './gates';
import { newRamp } from './ramp';
import { turnText, waveOrder } from './create';
import { endAll, settle } from './settle';
import { isFinished, isStopping, isWaiting, mapWaves, withTargets } from './state';
import { isTerminalRollout } from '@app/contracts/phases';

const NAME = 'catch-up';

/** The implicit wave after all others: for clusters that join late, and for those whose own wave is over. */
function findCatchUp(rollout: Rollout): Wave | undefined {
  return rollout.waves.find(({ name }) => !rollout.spec.waves.some((wave) => wave.name === name));
}

function newCatchUp({ id, spec, waves }: Rollout): Wave {
  const dependsOn = waves.map((wave) => wave.name);
  const name = dependsOn.includes(NAME) ? `${NAME}-last` : NAME;
  return {
    name,
    phase: 'Pending',
    ...waveOrder(dependsOn),
    dependsOn,
    // Resolved against the last wave's rules when it starts.
    ...{ maxConcurrency: 1, maxFailures: 0 },
    failureExposure: waves.at(-1)?.failureExposure ?? 'unbounded',
    soakMs: 0,
    soakUntil: null,
    ...newGates(id, name, spec.waves.at(-1)?.gates ?? []),
    ...newRamp(spec.waves.at(-1)?.ramp),
    startedAt: null,
    finishedAt: null,
    clusters: [],
  };
}

/** Adds clusters at the end of a wave, which is made when it is not there. */
function addTo(rollout: Rollout, wave: Wave, targets: readonly Target[]): Rollout {
  const known = rollout.waves.includes(wave) ? rollout : { ...rollout, waves: [...rollout.waves, wave] };
  const clusters = targets.map(({ cluster }) => cluster);
  const moved = targets.map((target) => moveTo(wave.name, target));
  const waves = mapWaves(known, (each) => {
    if (each.name === wave.name) return { ...each, clusters: [...each.clusters, ...clusters] };
    const kept = each.clusters.filter((cluster) => !clusters.includes(cluster));
    return kept.length === each.clusters.length ? each : { ...each, clusters: kept };
  });
  return withTargets(waves, moved);
}

function moveTo(wave: string, target: Target): Target {
  if (target.wave === wave) return target;
  return { ...target, wave, message: target.reason === 'Wave' ? turnText(wave) : target.message };
}

/** Of these targets, those whose wave is over go to the catch-up wave; the others stay where they are. */
export function toCatchUp(rollout: Rollout, targets: readonly Target[]): Rollout {
  const over = new Set(rollout.waves.filter(isFinished).map(({ name }) => name));
  const late = targets.filter(({ wave }) => over.has(wave));
  return late.length === 0 ? rollout : addTo(rollout, findCatchUp(rollout) ?? newCatchUp(rollout), late);
}

/**
 * New clusters take part in their own wave while it has not started, else in the catch-up wave. Known ones are ignored,
 * but for those that were out of reach when it was planned, and those that move along: they take part where they were
 * planned, while that is not over.
 */
export function joined(rollout: Rollout, event: Extract<RolloutEvent, { type: 'joined' }>): Rollout {
  if (isTerminalRollout(rollout.phase) || isStopping(rollout)) return rollout;
  return event.targets.reduce((grown, target) => {
    const known = grown.targets.get(target.cluster);
    if (known === undefined) return newcomer(grown, target, event.at);
    const isOpen = awaits(grown, known) || movesAlong(grown, target.cluster, target.expected);
    return isOpen ? takenIn(grown, known, target) : grown;
  }, rollout);
}

/**
 * A cluster got to what the rollout brings to others before it, and nothing has begun there with the older content for which
 * it was planned: what those others have shown holds for it too, so that no other rollout has to begin from the start.
 */
export function movesAlong(
  { cause, waves, targets }: Pick<Rollout, 'cause' | 'waves' | 'targets'>,
  cluster: string,
  revision: Revision | null,
): boolean {
  const known = targets.get(cluster);
  if (known === undefined || cause.source === null || known.expected === revision || !isUnbegun(known)) return false;
  const place = (target: Target): number => waves.findIndex(({ name }) => name === target.wave);
  const own = place(known);
  return targets.all().some((other) => other.expected === revision && (own === 0 || place(other) < own));
}

const isUnbegun = ({ attempt, phase, stop, expected }: Target): boolean =>
  attempt === 0 && stop === undefined && expected !== null && UNBEGUN.has(phase);
const UNBEGUN: ReadonlySet<Target['phase']> = new Set(['Pending', 'Blocked', 'Deferred']);

function newcomer(rollout: Rollout, target: Target, at: number): Rollout {
  const { joiners } = rollout.spec;
  const own = rollout.waves.find(({ name, phase }) => name === target.wave && phase === 'Pending');
  const natural = joiners === 'join' ? own : undefined;
  const wave = natural ?? findCatchUp(rollout) ?? newCatchUp(rollout);
  return addTo(rollout, wave, [joiners === 'ignore' ? ignored(target, at) : target]);
}

/** It is seen that the cluster has what it missed, and nothing is done about it. */
function ignored(target: Target, at: number): Target {
  const why = { reason: 'JoinerIgnored', message: 'it told of the change too late, and the policy ignores that' };
  return settle(endAll(target, { phase: 'Skipped', ...why }, at), at);
}

const awaits = (rollout: Rollout, known: Target): boolean =>
  isAbsent(rollout, known) && (isWaiting(known) || known.phase === 'Deferred' || isVacated(rollout, known));

/** Everything that its cluster tells now, in the place that it has. */
function takenIn(rollout: Rollout, known: Target, told: Target): Rollout {
  const { wave, attempt } = known;
  const target = { ...told, wave, attempt, message: turnText(wave) };
  return toCatchUp(withTargets(rollout, [target]), [target]);
}
