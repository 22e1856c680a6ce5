import { objectKey } from '@app/contracts/objects';
import { windowState } from '../../windows/core/evaluate';
import type { Refusal } from '../../limits/core/refusal';
import type { FleetNow } from './fleet-now';
import type { Instant, Rollout, Target, Wave, Why } from './model';
import { hasFleetOrder, orderWait } from './fleet-order';
import { countedFailures } from './failures';
import { judgeRestarts, nextAttempt, readyRestarts, type Wait, waitOf } from './guards';
import { holdsLine, isLimited, limitWait, withinLimits } from './limited';
import { isInBatch, rampRoom, withStarted } from './ramp';
import { isHalfway, keepsSlot } from './slots';
import { endAll, sendAgain, settle, toPending } from './settle';
import { change, isInFlight, isWaiting, mapRestarts, mapTargets, mapWaves, own, targetsOf, withTargets } from './state';

/** Tells every waiting target of the waves under way what it waits for, and skips those with nothing to restart. */
export function judgeWaiting(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  const active = new Map(rollout.waves.filter(({ phase }) => phase === 'Active').map((wave) => [wave.name, wave]));
  return mapTargets(rollout, (target) => {
    const wave = active.get(target.wave);
    return wave !== undefined && isWaiting(target) ? judged(rollout, target, { fleet, at, wave }) : target;
  });
}

/** The facts of this moment, and the wave that the targets belong to. */
export type Circumstances = Readonly<{ fleet: FleetNow; at: Instant; wave: Wave }>;

/** A waiting target with what it waits for now, or skipped. */
export function judged(rollout: Rollout, target: Target, { fleet, at, wave }: Circumstances): Target {
  const cluster = own(fleet.clusters, target.cluster);
  const wait = waitOf(rollout, target, cluster, at);
  if (wait !== null || cluster === undefined) return waits(target, wait, at);
  // What is skipped is recorded with the dispatch; before that only when nothing else is left.
  const now = settle(judgeRestarts(rollout, target, cluster, at), at);
  if (!isWaiting(now)) return now;
  // Others may wait for what turns out to need nothing.
  const known = hasFleetOrder(rollout) ? now : target;
  return readyRestarts(now).size === 0 ? change(known, inOrder(now)) : inLine(known, wave);
}

function waits(target: Target, wait: Wait | null, at: Instant): Target {
  if (wait?.phase === 'Skipped' || wait?.phase === 'Failed') return endedBy(target, wait.phase, wait, at);
  return change(target, wait ?? {});
}

/** It waits for its turn; whether it still waits for a limit is known when it is asked for. */
const inLine = (target: Target, wave: Wave): Target => (isLimited(target) ? target : toPending(target, slotWait(wave)));

/** Its workloads wait for each other, or for those of other clusters. */
const inOrder = (target: Target): Partial<Target> => ({
  ...orderWait(target),
  ...{ phase: 'Blocked', until: null, closes: null },
});

function slotWait({ name, maxConcurrency, ramp, ...wave }: Wave): Why {
  if (ramp === undefined || ramp.size >= maxConcurrency) {
    const atATime =
      wave.failureExposure === 'bounded'
        ? `${Math.min(maxConcurrency, wave.maxFailures + 1)} at a time and, being bounded, fewer after failures`
        : `${maxConcurrency} at a time`;
    return { reason: 'Concurrency', message: `waits for a free slot of wave ${name}, which takes ${atATime}` };
  }
  return { reason: 'Ramp', message: `waits for the next batch of wave ${name}, which takes ${ramp.size} now` };
}

/** What waits no longer: whatever has not ended, ends so. */
function endedBy(target: Target, phase: 'Skipped' | 'Failed', why: Why, at: Instant): Target {
  const { reason, message } = why;
  const ended = endAll(target, { phase, reason, message }, at);
  return { ...ended, phase, reason, message, until: null, closes: null, lostAt: null, finishedAt: at };
}

/** Skips the targets of a wave about to start that have nothing to restart, so that its limits do not count them. */
export function skipCurrent(rollout: Rollout, wave: Wave, fleet: FleetNow, at: Instant): Rollout {
  const next = targetsOf(rollout, wave)
    .filter(isWaiting)
    .flatMap((target) => {
      const now = judged(rollout, target, { fleet, at, wave });
      return now.phase === 'Skipped' ? [now] : [];
    });
  return withTargets(rollout, next);
}

/** Dispatches what may start now. Called last, on a state in which nothing else is left to decide. */
export function admit(rollout: Rollout, fleet: FleetNow, at: Instant): Rollout {
  return rollout.waves
    .filter(({ phase }) => phase === 'Active')
    .reduce((grown, wave) => {
      const fresh = admitted(grown, wave, { fleet, at, wave });
      const started = fresh.filter(isInFlight).map(({ cluster }) => cluster);
      const next = withTargets(grown, fresh);
      return mapWaves(next, (each) => (each === wave ? withStarted(wave, started) : each));
    }, rollout);
}

function admitted(rollout: Rollout, wave: Wave, now: Circumstances): readonly Target[] {
  const targets = targetsOf(rollout, wave);
  const more = targets
    .filter(isInFlight)
    .map((target) => goneOn(rollout, target, now) ?? withLimit(rollout, target, now));
  // Whoever started already goes on before another starts.
  const waiting = targets.filter(isWaiting).sort((a, b) => Number(b.attempt > 0) - Number(a.attempt > 0));
  const room = { ...roomIn(rollout, wave, targets), batch: rampRoom(rollout, wave) };
  const turns = waiting.map((target) => turnOf(rollout, target, now, room));
  const fresh = turns.map((turn) => afterTurn(turn, wave, room));
  return [...more, ...fresh].filter((target) => target !== rollout.targets.get(target.cluster));
}

/**
 * What is left for those whose turn comes: slots that nobody has kept, slots at all, for those who go on in theirs; batches
 * are those of a ramp.
 */
type Room = { free: number; slots: number; batch: number };

const hasRoom = (room: Readonly<Room>, wave: Wave, target: Target): boolean =>
  (isHalfway(target) ? room.slots : room.free) > 0 && (isInBatch(wave, target) || room.batch > 0);

/** What became of a waiting target when it was its turn, if it was: begun, or refused by a limit, keeping its place or not. */
type Turn = Readonly<{ target: Target; begun: Target | null; refusal: Refusal | null; keepsPlace: boolean }>;

function turnOf(rollout: Rollout, target: Target, now: Circumstances, room: Room): Turn {
  const isNext = hasRoom(room, now.wave, target);
  const begun = isNext ? dispatched(rollout, target, now) : null;
  const refusal = isNext && begun === null ? refusalIn(rollout, target, now) : null;
  const keepsPlace = begun !== null || (refusal !== null && holdsLine(now.fleet));
  if (keepsPlace) takePlace(room, now.wave, target);
  return { target, begun, refusal, keepsPlace };
}

function takePlace(room: Room, wave: Wave, target: Target): void {
  room.slots -= 1;
  if (!isHalfway(target)) room.free -= 1;
  if (!isInBatch(wave, target)) room.batch -= 1;
}

/** A limit is told only as long as it is all that the target waits for: others may have taken the slot. */
function afterTurn({ target, begun, refusal, keepsPlace }: Turn, wave: Wave, room: Room): Target {
  if (begun !== null) return begun;
  if (refusal !== null && (keepsPlace || hasRoom(room, wave, target))) return change(target, limitWait(refusal));
  return isLimited(target) ? toPending(target, slotWait(wave)) : target;
}

/** A target in flight, with what its other workloads wait for. */
function withLimit(rollout: Rollout, target: Target, now: Circumstances): Target {
  const refusal = refusalIn(rollout, target, now);
  const was = target.limited ?? null;
  return JSON.stringify(was) === JSON.stringify(refusal) ? target : { ...target, limited: refusal };
}

/** Why nothing more of the target may begin although it is ready; null: nothing is, or something else is in its way. */
function refusalIn(rollout: Rollout, target: Target, { fleet, at }: Circumstances): Refusal | null {
  const cluster = own(fleet.clusters, target.cluster);
  if (fleet.verdict === undefined || cluster === undefined || waitOf(rollout, target, cluster, at) !== null)
    return null;
  return withinLimits(fleet, target.cluster, readyRestarts(judgeRestarts(rollout, target, cluster, at))).refusal;
}

function roomIn(rollout: Rollout, wave: Wave, targets: readonly Target[]): Pick<Room, 'free' | 'slots'> {
  const failures = countedFailures(rollout, wave).length;
  const room = (takes: (target: Target) => boolean): number => roomFor(wave, failures, targets.filter(takes).length);
  return { free: room(keepsSlot), slots: room(isInFlight) };
}

/** Free slots, with so many taken. `bounded` keeps one more target in flight than failures are left, so that no more can ever fail. */
export function roomFor(wave: Wave, failures: number, taken: number): number {
  const bound = wave.maxFailures + 1 - failures;
  const slots = wave.failureExposure === 'bounded' ? Math.min(wave.maxConcurrency, bound) : wave.maxConcurrency;
  return slots - taken;
}

/** A target in flight goes on to the workloads that waited for others; after a refusal it first has to come back. */
export function goneOn(rollout: Rollout, target: Target, now: Circumstances): Target | null {
  return target.refusedUntil === undefined && target.stop === undefined ? dispatched(rollout, target, now) : null;
}

/** The target with permits for everything that is ready; null when a guard is closed, or nothing is ready. */
export function dispatched(rollout: Rollout, target: Target, { fleet, at }: Circumstances): Target | null {
  const cluster = own(fleet.clusters, target.cluster);
  if (cluster === undefined || waitOf(rollout, target, cluster, at) !== null) return null;
  const judgedNow = judgeRestarts(rollout, target, cluster, at);
  const { may: ready, refusal } = withinLimits(fleet, target.cluster, readyRestarts(judgedNow));
  if (ready.size === 0) return null;
  const { refusedUntil: _refused, ...open } = mapRestarts(judgedNow, (restart) => {
    const facts = own(cluster.workloads, objectKey(restart.workload));
    if (!ready.has(restart) || facts === undefined) return restart;
    return { ...restart, uid: facts.uid, revision: facts.want, reason: '', message: '' };
  });
  const attempt = nextAttempt(target);
  const free = { phase: 'Dispatched', reason: '', message: '', until: null, closes: null, lostAt: null } as const;
  const state = windowState(cluster.windows, at);
  const startBy = state.open ? state.stopAt : null;
  const limited = refusal === null && target.limited === undefined ? {} : { limited: refusal };
  return sendAgain({ ...open, ...free, attempt, dispatchedAt: at, startBy, ...limited }, at);
}
