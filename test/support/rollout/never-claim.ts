import { isTerminalRollout, isTerminalTarget } from '@app/contracts/phases';
import { step } from '../../../apps/hub/src/rollout/core/step';
import type { Target } from '../../../apps/hub/src/rollout/core/model';
import { HELD, keyOf, OVER, pairs, permitted, when, type Moment } from './moment';

/** Never 1: a rollout that is not over always says when to look again. */
export function forgotten(moment: Moment): readonly string[] {
  const { after, event } = moment;
  const over = isTerminalRollout(after.rollout.phase);
  if (over) return [...when(after.wakeAt !== null, '1: an ended rollout wakes'), ...leftOpen(moment)];
  const fine = after.wakeAt !== null && after.wakeAt > event.at && after.wakeAt <= event.at + 15_000;
  return [...when(!fine, `1: nobody wakes it: ${after.wakeAt}`), ...outOfSight(moment)];
}

/** Never 1: a rollout ends with nothing waiting or under way; what is deferred is said to be. */
const leftOpen = ({ after }: Moment): readonly string[] =>
  after.rollout.targets
    .all()
    .filter(({ phase }) => !isTerminalTarget(phase) && phase !== 'Deferred')
    .map(({ cluster, phase }) => `1: ended while ${cluster} is ${phase}`);

/** Never 1: contact that is lost is given up in time, and what comes back is asked at once. */
const outOfSight = (moment: Moment): readonly string[] =>
  moment.after.rollout.targets
    .all()
    .flatMap((target) => [
      ...when(keptForEver(moment, target), `1: ${target.cluster} keeps its slot for ever`),
      ...when(unasked(moment, target), `1: ${target.cluster} is back and nobody asks`),
    ]);

function keptForEver({ event, fleet, rules }: Moment, { cluster, phase, lostAt }: Target): boolean {
  const gone = fleet.clusters[cluster]?.connection === 'offline' && phase === 'Unknown';
  return gone && event.at >= (lostAt ?? 0) + rules.target.lostAfterMs;
}

function unasked({ before, after }: Moment, { cluster, phase }: Target): boolean {
  const back = before.targets.get(cluster)?.phase === 'Unknown' && HELD.has(phase) && phase !== 'Unknown';
  return back && !after.effects.some((effect) => effect.type !== 'announce' && effect.cluster === cluster);
}

/**
 * Never 2: what is over stays over, unless a person has a failure retried, or a cluster that was back with nothing to do
 * tells of the change after all; attempts only grow.
 */
export const repeated = (moment: Moment): readonly string[] =>
  pairs(moment).flatMap(({ target, restart, was, wasTarget }) => {
    if (was === undefined || wasTarget === undefined) return [];
    const name = `${target.cluster} ${keyOf(restart)}`;
    const late = moment.event.type === 'joined' && wasTarget.expected === null && wasTarget.phase === 'Skipped';
    const final = OVER.has(was.phase) && !late && !(moment.event.type === 'retried' && was.phase === 'Failed');
    return [
      ...when(final && was.phase !== restart.phase, `2: ${name} was ${was.phase} and is ${restart.phase}`),
      ...when(final && permitted(restart), `2: ${name} was over and is permitted`),
      ...when(target.attempt < wasTarget.attempt, `2: ${name} fell back to an earlier attempt`),
    ];
  });

/** Never 2: news of another attempt than the current one changes nothing that time alone would not. */
export function misattributed({ before, event, fleet, after }: Moment): readonly string[] {
  if (event.type !== 'reported' && event.type !== 'progressed' && event.type !== 'acked') return [];
  if (before.targets.get(event.cluster)?.attempt === event.attempt) return [];
  if (after.rollout === before) return [];
  const woken = step(before, { type: 'woken', at: event.at }, fleet).rollout;
  return JSON.stringify(woken) === JSON.stringify(after.rollout) ? [] : ['2: news of another attempt was counted'];
}

/** Never 7: success is only what an agent saw running the permitted revision. */
export function unseen({ after }: Moment, ready: ReadonlySet<string>): readonly string[] {
  const targets = after.rollout.targets.all();
  const claimed = targets.flatMap(({ cluster, restarts }) =>
    restarts.filter(({ phase }) => phase === 'Succeeded').map((r) => `${cluster} ${keyOf(r)} ${r.revision}`),
  );
  const unproved = claimed.filter((claim) => !ready.has(claim)).map((claim) => `7: not seen ready: ${claim}`);
  const hollow = targets.filter((target) => {
    const open = target.restarts.some(({ phase }) => phase !== 'Succeeded' && phase !== 'Skipped');
    return target.phase === 'Succeeded' && (open || !target.restarts.some(({ phase }) => phase === 'Succeeded'));
  });
  const rest = targets.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Skipped');
  const proud = after.rollout.phase === 'Succeeded' && rest.length > 0;
  return [
    ...unproved,
    ...hollow.map(({ cluster }) => `7: ${cluster} succeeded with work open`),
    ...when(proud, `7: succeeded with ${rest[0]?.cluster} ${rest[0]?.phase}`),
  ];
}

/** Phases of targets that do not explain themselves. */
const SPEAKING = ['Pending', 'Blocked', 'Deferred', 'Unknown', 'Failed', 'Skipped', 'Cancelled', 'Superseded'];
/** Phases of rollouts that do not explain themselves. */
const WAITING = ['Draft', 'Pausing', 'Paused', 'Halted', 'Cancelling', 'Superseding', 'Degraded', 'Cancelled'];

/** Every wait, skip and failure says why; every change of phase is announced. */
export function unexplained({ before, after }: Moment): readonly string[] {
  const { rollout, effects } = after;
  const mute = rollout.targets.all().filter((t) => SPEAKING.includes(t.phase) && (t.reason === '' || t.message === ''));
  const told = effects.some((effect) => effect.type === 'announce' && effect.subject === 'rollout');
  return [
    ...mute.map(({ cluster, phase }) => `why: ${cluster} is ${phase} without a reason`),
    ...when(WAITING.includes(rollout.phase) && rollout.reason === '', `why: ${rollout.phase} without a reason`),
    ...when(before.phase !== rollout.phase && !told, `why: ${rollout.phase} was not announced`),
  ];
}
