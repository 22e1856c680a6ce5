import { isTerminalRollout, isTerminalTarget } from '@app/contracts/phases';
import type { ClusterNow } from '../../../apps/hub/src/rollout/core/fleet-now';
import type { Restart, Target, Wave } from '../../../apps/hub/src/rollout/core/model';
import { busy, counted, DONE, freshPermits, HELD, inWave, keyOf, permitted, when, type Moment } from './moment';

/** Never 3: a wave's rules are met when it finishes, and only then do others start. */
export function overtaken(moment: Moment): readonly string[] {
  const { before, after } = moment;
  const started = freshPermits(moment).flatMap(({ target }) => startedEarly(moment, target));
  const open = new Set(before.waves.filter(({ phase }) => !DONE.has(phase)).map(({ name }) => name));
  const finished = after.rollout.waves.filter(({ name, phase }) => DONE.has(phase) && open.has(name));
  return [...started, ...finished.flatMap((wave) => finishedEarly(moment, wave))];
}

function startedEarly({ after, rules }: Moment, { cluster, wave: name }: Target): readonly string[] {
  const { waves } = after.rollout;
  const wave = waves.find((each) => each.name === name);
  const done = new Set(waves.filter(({ phase }) => DONE.has(phase)).map((each) => each.name));
  const planned = rules.waves.some((each) => each.name === name);
  const first = planned ? (wave?.dependsOn ?? []) : waves.map((each) => each.name).filter((each) => each !== name);
  return [
    ...when(wave?.phase !== 'Active', `3: ${cluster} started in wave ${name}, which is ${wave?.phase}`),
    ...first.filter((each) => !done.has(each)).map((each) => `3: ${cluster} started before wave ${each} was done`),
  ];
}

function finishedEarly(moment: Moment, wave: Wave): readonly string[] {
  const { rollout } = moment.after;
  const targets = inWave(rollout, wave);
  const open = targets.some(({ phase }) => !isTerminalTarget(phase) && phase !== 'Deferred');
  const failed = counted(rollout, targets);
  const hollow = failed > 0 && !targets.some(({ phase }) => phase === 'Succeeded');
  // What stops a rollout may come in the very step in which a wave of it ends.
  const phases = [rollout.phase, moment.before.phase];
  const running = phases.includes('Running') || rollout.phase === 'Halted' || isTerminalRollout(rollout.phase);
  return [
    ...when(open, `3: wave ${wave.name} is done, its targets are not`),
    ...when(failed > wave.maxFailures, `3: wave ${wave.name} is done over its limit`),
    ...when(hollow, `3: wave ${wave.name} is done without success`),
    ...when(soakCut(moment, wave), `3: the soak of ${wave.name} was cut short`),
    ...when(!running, `3: wave ${wave.name} finished while ${rollout.phase}`),
  ];
}

function soakCut({ after: { rollout }, event, rules }: Moment, wave: Wave): boolean {
  const wins = inWave(rollout, wave).filter(({ phase }) => phase === 'Succeeded');
  const last = Math.max(...wins.map(({ finishedAt }) => finishedAt ?? Infinity));
  const soak = rules.waves.find(({ name }) => name === wave.name)?.soakMs ?? 0;
  const next = rollout.waves.filter(({ dependsOn }) => dependsOn.includes(wave.name));
  return next.some((each) => inWave(rollout, each).some(busy)) && event.at < last + soak;
}

/** Never 3: no rollout runs on over a limit, unless its policy lets independent waves continue. */
export function wentOn({ after: { rollout }, rules }: Moment): readonly string[] {
  if (rollout.phase !== 'Running') return [];
  const open = rollout.waves.filter(({ phase, startedAt }) => !DONE.has(phase) && startedAt !== null);
  const over = open.some((wave) => counted(rollout, inWave(rollout, wave)) > wave.maxFailures);
  const whole = rules.maxFailures?.count ?? Infinity;
  return [
    ...when(over && rules.onFailure !== 'continue', '3: runs on over the limit of a wave'),
    ...when(counted(rollout, rollout.targets.all()) > whole, '3: runs on over the limit of all waves'),
  ];
}

/** Never 3: what an agent may hold of a target that is stopped is revoked in the same step. */
export function unrevoked({ before, after }: Moment): readonly string[] {
  const held = after.rollout.targets.all().filter(({ cluster, restarts, stop }) => {
    const was = before.targets.get(cluster);
    if (stop === undefined || was === undefined || was.stop !== undefined || was.phase === 'Failed') return false;
    const mayHold = was.restarts.map(permitted);
    return restarts.some((restart, at) => mayHold[at] && (permitted(restart) || restart.reason === stop.reason));
  });
  return held
    .filter(({ cluster }) => !after.effects.some((effect) => effect.type === 'revoke' && effect.cluster === cluster))
    .map(({ cluster }) => `3: ${cluster} was stopped without revocation`);
}

const QUIET = ['Cancelling', 'Superseding', 'Cancelled', 'Superseded', 'Succeeded', 'Degraded', 'Draft', 'Queued'];

/** Never 3, 4: paused, halted, held and stopped rollouts start nothing; a stopped target is sent nothing. */
export function stoppedButSent(moment: Moment): readonly string[] {
  const { before, after } = moment;
  const { phase } = after.rollout;
  const fresh = freshPermits(moment);
  const sent = after.effects.some(({ type }) => type === 'dispatch');
  const moved = after.rollout !== before || after.effects.length > 0;
  return [
    ...when(fresh.length > 0 && phase !== 'Running', `3: started while ${phase}`),
    ...when(sent && QUIET.includes(phase), `3: sent while ${phase}`),
    ...when(
      fresh.some(({ wasTarget }) => wasTarget?.stop !== undefined),
      '3: started in a stopped target',
    ),
    ...when(isTerminalRollout(before.phase) && moved, '3: an ended rollout changed'),
  ];
}

const share = (amount: Readonly<{ count: number } | { percent: number }>, of: number): number =>
  'count' in amount ? Math.min(amount.count, of) : Math.floor((amount.percent * of) / 100);

/** Never 4: limits are those of the policy, against what the wave held when it started; and they hold. */
export const overLimit = (moment: Moment): readonly string[] =>
  moment.after.rollout.waves.flatMap((wave) => [
    ...misresolved(moment, wave),
    ...crowded(moment, wave),
    ...rushed(moment, wave),
  ]);

/** A ramp: no more are under way than the batch takes, and a batch grows by its factor at most. */
function rushed({ before, after: { rollout }, rules }: Moment, wave: Wave): readonly string[] {
  const rule = (rules.waves.find(({ name }) => name === wave.name) ?? rules.waves.at(-1))?.ramp;
  if (rule === undefined || wave.ramp === undefined) return [];
  const held = inWave(rollout, wave).filter(({ phase }) => HELD.has(phase));
  const was = before.waves.find(({ name }) => name === wave.name)?.ramp?.size ?? rule.start;
  const most = Math.max(rule.start, was + 1, Math.floor(was * rule.factor));
  return [
    ...when(held.length > wave.ramp.size, `4: ${held.length} in flight in a batch of ${wave.ramp.size}`),
    ...when(wave.ramp.size > most, `4: the ramp of ${wave.name} went from ${was} to ${wave.ramp.size}`),
  ];
}

function misresolved({ before, after, rules }: Moment, wave: Wave): readonly string[] {
  const was = before.waves.find(({ name }) => name === wave.name);
  const starts = wave.phase === 'Active' && (was === undefined || was.startedAt === null);
  const rule = rules.waves.find(({ name }) => name === wave.name) ?? rules.waves.at(-1);
  if (!starts || rule === undefined) return [];
  const planned = inWave(after.rollout, wave).filter(
    (t) => t.phase !== 'Skipped' && t.stop?.phase !== 'Skipped',
  ).length;
  const most = Math.max(1, share(rule.concurrency, planned));
  const failures = Math.min(planned, Math.max(rule.failures.count, share({ percent: rule.failures.percent }, planned)));
  return [
    ...when(wave.maxConcurrency !== most, `4: ${wave.name} takes ${wave.maxConcurrency}, not ${most}`),
    ...when(wave.maxFailures !== failures, `4: ${wave.name} tolerates ${wave.maxFailures}, not ${failures}`),
  ];
}

/** Looks only at steps in which a target got a slot: a limit that a person lowered is no reason to take one away. */
function crowded({ before, after: { rollout } }: Moment, wave: Wave): readonly string[] {
  const targets = inWave(rollout, wave);
  const held = targets.filter((target) => HELD.has(target.phase) || busy(target));
  if (held.every(({ cluster }) => HELD.has(before.targets.get(cluster)?.phase ?? ''))) return [];
  const failing = targets.filter(({ restarts, phase, cluster }) => {
    const failed = phase !== 'Skipped' && restarts.some((restart) => restart.phase === 'Failed');
    return failed && !rollout.acceptedFailures.includes(cluster);
  });
  const bound = wave.failureExposure === 'bounded' ? wave.maxFailures + 1 - failing.length : Infinity;
  return [
    ...when(held.length > wave.maxConcurrency, `4: ${held.length} in flight in ${wave.name}`),
    ...when(held.length > bound, `4: ${held.length} exposed in ${wave.name}, ${bound} may be`),
    ...when(failing.length > wave.maxFailures, `4: ${wave.name} goes on after ${failing.length} failures`),
  ];
}

/** Every guard holds for every new permit, by the facts of that moment. */
export const unguarded = (moment: Moment): readonly string[] =>
  freshPermits(moment).flatMap(({ target, restart, wasTarget }) => {
    const cluster = moment.fleet.clusters[target.cluster];
    const facts = cluster?.workloads[keyOf(restart)];
    if (cluster === undefined || facts === undefined) return [`guard: ${target.cluster} is not known`];
    const first = target.restarts.filter((other) => restart.after.includes(keyOf(other)));
    const same = facts.want === restart.revision && facts.uid === restart.uid;
    // What an earlier attempt may have written is for the agent to follow: it does not write the same revision again.
    // The same goes for what another rollout has written and not seen come up.
    const unproven = facts.ran !== undefined && facts.ran.outcome !== 'Succeeded' && facts.ran.revision === facts.have;
    const needless = facts.ignored || (facts.want === facts.have && target.attempt === 1 && !unproven);
    return [
      ...closed(target.cluster, cluster, moment.event.at),
      ...outside(target, wasTarget, cluster.windows, moment.event.at),
      ...when(facts.source !== target.expected, `guard: the source of ${target.cluster} is not as expected`),
      ...when(needless, `guard: ${target.cluster} needs no restart`),
      ...when(facts.lockedBy !== undefined, `guard: another rollout restarts it in ${target.cluster}`),
      ...when(!same, `guard: not what the agent of ${target.cluster} reported`),
      ...when(!first.every(isThrough), `guard: predecessors open in ${target.cluster}`),
      ...when(!firstsOf(moment, restart).every(isThrough), `guard: predecessors open over the fleet`),
    ];
  });

/** Of every cluster, those that the workload waits for; failures that somebody accepted are waited for no longer. */
const firstsOf = ({ after: { rollout } }: Moment, { fleet }: Restart): readonly Restart[] =>
  rollout.targets
    .all()
    .filter(({ cluster, phase }) => !rollout.acceptedFailures.includes(cluster) && phase !== 'Skipped')
    .flatMap(({ restarts }) =>
      restarts.filter((each) => each.fleet?.first.some((rule) => fleet?.after.includes(rule))),
    );

const isThrough = ({ phase }: Restart): boolean => phase === 'Succeeded' || phase === 'Skipped';

function closed(name: string, cluster: ClusterNow, at: number): readonly string[] {
  const held = cluster.holds.some(({ expiresAt }) => expiresAt === null || expiresAt > at);
  return [
    ...when(held, `guard: ${name} is held`),
    ...when(cluster.drained, `guard: ${name} is drained`),
    ...when(cluster.connection !== 'online', `guard: ${name} is ${cluster.connection}`),
  ];
}

/** Nothing starts while a window denies it, or none allows it; what has begun may end where no such window stops it. */
function outside(
  { cluster, attempt }: Target,
  was: Target | undefined,
  windows: ClusterNow['windows'],
  at: number,
): readonly string[] {
  const begun = was !== undefined && was.attempt === attempt && was.dispatchedAt !== null;
  const shut = windows.filter((window) => (window.kind === 'deny') === isOpenDaily(window, at));
  const allowed = windows.some((window) => window.kind === 'allow' && !shut.includes(window));
  const closing = shut.filter(({ kind }) => kind === 'deny' || !allowed);
  const stops = closing.some(({ overrun }) => overrun === 'stopAtEnd');
  return when(closing.length > 0 && (!begun || stops), `guard: ${cluster} started outside of its windows`);
}

/** Of windows that are open every day, within one day of UTC. */
function isOpenDaily({ period }: ClusterNow['windows'][number], at: number): boolean {
  if (period.type === 'once') throw new Error('only daily windows are judged here');
  const minute = (at % 86_400_000) / 60_000;
  return period.startMinute <= minute && minute < (period.endMinute ?? 0);
}
