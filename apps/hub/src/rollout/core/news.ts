import { isTerminalRollout } from '@app/contracts/phases';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import type { FleetNow } from './fleet-now';
import type { Instant, Rollout, RolloutEvent, Step, Target, Wave } from './model';
import { type Circumstances, dispatched, goneOn, judged, roomFor } from './admission';
import { changedDue, effectsOf } from './effects';
import { evolve, type News, recorded } from './evolve';
import { hasFleetOrder } from './fleet-order';
import { observe } from './health';
import { isFailing, isInFlight, isRunning, isWaiting, own, withTargets } from './state';
import { isHalfway } from './slots';
import { nextPending, putTargets, tallyOf } from './tally';

export const isNews = (event: RolloutEvent): event is News =>
  event.type === 'acked' || event.type === 'progressed' || event.type === 'reported';

/** Pending targets that are tried beyond the slots that may become free. */
const SPARE = 8;

/** Clusters whose facts `stepNews` may want: those that speak, and those that are next in their waves. */
export function concernedBy(rollout: Rollout, news: readonly News[]): ReadonlySet<string> {
  const speaking = [...new Set(news.map(({ cluster }) => cluster))];
  const names = new Set(speaking.flatMap((cluster) => rollout.targets.get(cluster)?.wave ?? []));
  const next = rollout.waves
    .filter(({ name, phase }) => phase === 'Active' && names.has(name))
    .flatMap((wave) => candidates(rollout, wave, speaking.length));
  return new Set([...speaking, ...next.map(({ cluster }) => cluster)]);
}

/**
 * A step for news of a few targets in the middle of a wave: judges those, and whoever gets a slot that they leave, at a
 * cost that does not grow with the rollout. Everything else was looked at lately and no timer of it is due, so a whole
 * look would leave it as it is, or finds at `lookAgain` what has changed around it.
 *
 * Null: the news may mean more than that (a failure, the end of a wave, a stop), `step` has to look at everything.
 * @param lookAgain `wakeAt` of the step that led to this very state.
 */
export function stepNews(rollout: Rollout, news: readonly News[], fleet: FleetNow, lookAgain: Instant): Step | null {
  const at = Math.max(...news.map((event) => event.at));
  if (at >= lookAgain || isTerminalRollout(rollout.phase)) return null;
  const moved = movedBy(rollout, news, { fleet, at });
  if (moved === null) return null;
  const settled = putTargets(rollout, moved);
  const waves = [...new Set(moved.map(({ wave }) => wave))];
  if (!waves.every((name) => goesOn(settled, name))) return null;
  const filled = isRunning(rollout) ? fill(settled, moved, { fleet, at }) : nothingMore(settled);
  const changed = [...new Set([...moved, ...filled.fresh].map(({ cluster }) => cluster))].flatMap(
    (cluster) => filled.rollout.targets.get(cluster) ?? [],
  );
  return {
    rollout: filled.rollout,
    changed,
    effects: effectsOf(rollout, filled.rollout, at, changed),
    wakeAt: filled.starved ? at + 1 : changedDue(filled.rollout, changed, { at, latest: lookAgain }),
  };
}

type Moment = Readonly<{ fleet: FleetNow; at: Instant }>;

/** Records what happened, event by event; what agents say one after the other, at once. */
export function evolveAll(rollout: Rollout, events: readonly RolloutEvent[]): Rollout {
  let now = rollout;
  let news: News[] = [];
  for (const event of events) {
    if (isNews(event)) news.push(event);
    else {
      now = evolve(withTargets(now, toldBy(now, news)), event);
      news = [];
    }
  }
  return withTargets(now, toldBy(now, news));
}

/** How the restarts ended that agents told of and that were not known to have ended: what is told again is not among them. */
export function outcomesIn(rollout: Rollout, events: readonly RolloutEvent[]): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  taken(rollout, events.filter(isNews), (event) => {
    if (event.type === 'reported') outcomes.push(event.outcome);
  });
  return outcomes;
}

/** The targets that the news changed. */
const toldBy = (rollout: Rollout, news: readonly News[]): readonly Target[] =>
  [...taken(rollout, news).values()].filter((target) => target !== rollout.targets.get(target.cluster));

/** Targets of whom the news speak, by cluster, after them. `fits` is told of each that changes something. */
function taken(
  rollout: Rollout,
  news: readonly News[],
  fits: (event: News) => void = () => undefined,
): ReadonlyMap<string, Target> {
  const told = new Map<string, Target>();
  for (const event of news) {
    const target = told.get(event.cluster) ?? rollout.targets.get(event.cluster);
    if (target === undefined) continue;
    const after = recorded(target, event, rollout.spec);
    if (after !== target) fits(event);
    told.set(event.cluster, after);
  }
  return told;
}

/** The targets that the news changed, judged; null when that may matter to others. */
function movedBy(rollout: Rollout, news: readonly News[], moment: Moment): readonly Target[] | null {
  const moved: Target[] = [];
  for (const target of toldBy(rollout, news)) {
    const was = rollout.targets.get(target.cluster);
    const now = movedTo(rollout, target, moment);
    if (was === undefined || now === null || !concernsItself(rollout, was, now)) return null;
    moved.push(now);
  }
  return moved;
}

function movedTo(rollout: Rollout, target: Target, { fleet, at }: Moment): Target | null {
  const wave = rollout.waves.find(({ name }) => name === target.wave);
  if (wave?.phase !== 'Active' || wave.ramp !== undefined || hasFleetOrder(rollout)) return null;
  const seen = observe(target, own(fleet.clusters, target.cluster), { at, spec: rollout.spec });
  return isWaiting(seen) && isRunning(rollout) ? judged(rollout, seen, { fleet, at, wave }) : seen;
}

/** Nothing that a limit, a wave's end or the rollout's phase is drawn from, except that a slot may be free. */
function concernsItself(rollout: Rollout, was: Target, now: Target): boolean {
  if (!isInFlight(was) || was.stop !== undefined || isFailing(now)) return false;
  return isInFlight(now) || (isRunning(rollout) && (isWaiting(now) || now.phase === 'Succeeded'));
}

/** The wave has targets left that it waits for, and a place for each of those that are half-way. */
function goesOn(rollout: Rollout, name: string): boolean {
  const { open, placed } = tallyOf(rollout, name);
  const wave = rollout.waves.find((each) => each.name === name);
  return open > 0 && (placed === 0 || (wave !== undefined && freeSlots(rollout, wave) >= 0));
}

/** Below 0: more clusters are half-way than the wave takes at a time. */
function freeSlots(rollout: Rollout, wave: Wave): number {
  const { failing, taken: places } = tallyOf(rollout, wave.name);
  const accepted = new Set(rollout.acceptedFailures);
  return roomFor(wave, failing.filter((cluster) => !accepted.has(cluster)).length, places);
}

/** `starved`: a slot is free and somebody may wait for it, whom only a whole look can tell. */
type Filled = Readonly<{ rollout: Rollout; fresh: readonly Target[]; starved: boolean }>;

const nothingMore = (rollout: Rollout): Filled => ({ rollout, fresh: [], starved: false });

function fill(rollout: Rollout, moved: readonly Target[], now: Moment): Filled {
  const names = new Set(moved.map(({ wave }) => wave));
  const waves = rollout.waves.filter(({ name }) => names.has(name));
  return waves.reduce<Filled>((filled, wave) => {
    const own = moved.filter((target) => target.wave === wave.name);
    const next = fillWave(filled.rollout, own, { ...now, wave });
    return { ...next, fresh: [...filled.fresh, ...next.fresh], starved: filled.starved || next.starved };
  }, nothingMore(rollout));
}

function fillWave(rollout: Rollout, moved: readonly Target[], now: Circumstances): Filled {
  const { wave } = now;
  const fresh = moved.filter(isInFlight).flatMap((target) => goneOn(rollout, target, now) ?? []);
  const { pending, placed } = tallyOf(rollout, wave.name);
  let room = freeSlots(rollout, wave);
  let left = pending;
  let kept = placed;
  for (const target of room + kept > 0 ? candidates(rollout, wave, room + kept) : []) {
    const isKept = isHalfway(target);
    if (!isKept && room <= 0) continue;
    const next = dispatched(rollout, target, now);
    if (next === null) continue;
    fresh.push(next);
    if (isKept) kept -= 1;
    else room -= 1;
    left -= 1;
  }
  return { rollout: putTargets(rollout, fresh), fresh, starved: kept > 0 || (room > 0 && left > 0) };
}

/** Who may get a slot, in order: whoever started already goes on before another starts. */
function candidates(rollout: Rollout, wave: Wave, most: number): readonly Target[] {
  const { again, pending } = tallyOf(rollout, wave.name);
  if (again === 0) return nextPending(rollout, wave, most + SPARE);
  const all = nextPending(rollout, wave, pending);
  return [...all].sort((a, b) => Number(b.attempt > 0) - Number(a.attempt > 0)).slice(0, most + SPARE);
}
