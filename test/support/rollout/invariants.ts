import { isTerminalRollout, isTerminalTarget } from '@app/contracts/phases';
import { objectKey } from '@app/contracts/objects';
import type {
  FleetNow,
  Restart,
  Rollout,
  RolloutEvent,
  Step,
  Target,
  Wave,
} from '../../../apps/hub/src/rollout/core/model';
import { step } from '../../../apps/hub/src/rollout/core/step';
import type { Rules } from './fixtures';

export type Moment = Readonly<{ before: Rollout; event: RolloutEvent; fleet: FleetNow; after: Step; rules: Rules }>;

/** What the engine must never do, judged from the outside: nothing here calls the engine's own rules. */
export function brokenRules(moment: Moment, ready: ReadonlySet<string>): readonly string[] {
  return [
    ...forgotten(moment),
    ...repeated(moment),
    ...misattributed(moment),
    ...overtaken(moment),
    ...wentOn(moment),
    ...unrevoked(moment),
    ...stoppedButSent(moment),
    ...overLimit(moment),
    ...unguarded(moment),
    ...unseen(moment, ready),
    ...unexplained(moment),
  ];
}

const OVER: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Skipped', 'Superseded']);
const HELD: ReadonlySet<string> = new Set(['Dispatched', 'Acked', 'Restarting', 'Verifying', 'Unknown']);
const DONE: ReadonlySet<string> = new Set(['Succeeded', 'Degraded', 'Skipped']);
const permitted = (restart: Restart): boolean => restart.revision !== null && !OVER.has(restart.phase);
const busy = (target: Target): boolean => target.restarts.some(permitted);
const inWave = (rollout: Rollout, wave: Wave): readonly Target[] =>
  Object.values(rollout.targets).filter((target) => target.wave === wave.name);

/** Never 1: a rollout that is not over always says when to look again. */
function forgotten({ after, event }: Moment): readonly string[] {
  const over = isTerminalRollout(after.rollout.phase);
  if (over) return after.wakeAt === null ? [] : ['1: an ended rollout wakes'];
  const fine = after.wakeAt !== null && after.wakeAt > event.at && after.wakeAt <= event.at + 15_000;
  return fine ? [] : [`1: nobody wakes it: ${after.wakeAt}`];
}

type Pair = Readonly<{ target: Target; restart: Restart; was: Restart | undefined; wasTarget: Target | undefined }>;

function pairs({ before, after }: Moment): readonly Pair[] {
  return Object.values(after.rollout.targets).flatMap((target) => {
    const wasTarget = before.targets[target.cluster];
    return target.restarts.map((restart, at) => ({ target, restart, was: wasTarget?.restarts[at], wasTarget }));
  });
}

/** Restarts that got a permit in this step which they did not have before it. */
const freshPermits = (moment: Moment): readonly Pair[] =>
  pairs(moment).filter(({ target, restart, was, wasTarget }) => {
    const same = was !== undefined && permitted(was) && wasTarget?.attempt === target.attempt;
    return permitted(restart) && !(same && was.revision === restart.revision);
  });

/** Never 2: what is over stays over, unless a person has a failure retried; attempts only grow. */
function repeated(moment: Moment): readonly string[] {
  return pairs(moment).flatMap(({ target, restart, was, wasTarget }) => {
    if (was === undefined || wasTarget === undefined) return [];
    const name = `${target.cluster} ${objectKey(restart.workload)}`;
    const retried = moment.event.type === 'retried' && was.phase === 'Failed';
    const changed = OVER.has(was.phase) && was.phase !== restart.phase && !retried;
    const sentAgain = target.attempt > wasTarget.attempt && permitted(restart) && OVER.has(was.phase) && !retried;
    return [
      ...(changed ? [`2: ${name} was ${was.phase} and is ${restart.phase}`] : []),
      ...(sentAgain ? [`2: ${name} was over and is permitted`] : []),
      ...(target.attempt < wasTarget.attempt ? [`2: ${name} fell back to an earlier attempt`] : []),
    ];
  });
}

/** Never 2: news of another attempt than the current one changes nothing that time alone would not. */
function misattributed({ before, event, fleet, after }: Moment): readonly string[] {
  if (event.type !== 'reported' && event.type !== 'progressed' && event.type !== 'acked') return [];
  if (before.targets[event.cluster]?.attempt === event.attempt) return [];
  const woken = step(before, { type: 'woken', at: event.at }, fleet).rollout;
  return JSON.stringify(woken) === JSON.stringify(after.rollout) ? [] : ['2: news of another attempt was counted'];
}

/** Never 3: no rollout runs on over a limit, unless its policy lets independent waves continue. */
function wentOn({ after: { rollout }, rules }: Moment): readonly string[] {
  if (rollout.phase !== 'Running') return [];
  const counted = (targets: readonly Target[]): number =>
    targets.filter((t) => t.phase === 'Failed' && !rollout.acceptedFailures.includes(t.cluster)).length;
  const breached = rollout.waves.filter((wave) => {
    return !DONE.has(wave.phase) && wave.startedAt !== null && counted(inWave(rollout, wave)) > wave.maxFailures;
  });
  const whole = rules.maxFailures !== null && counted(Object.values(rollout.targets)) > rules.maxFailures.count;
  return [
    ...(breached.length > 0 && rules.onFailure !== 'continue'
      ? [`3: runs on over the limit of ${breached[0]?.name}`]
      : []),
    ...(whole ? ['3: runs on over the limit of all waves'] : []),
  ];
}

/** Never 3: what an agent may hold of a target that is stopped is revoked in the same step. */
function unrevoked({ before, after }: Moment): readonly string[] {
  const stopped = Object.values(after.rollout.targets).filter(({ cluster, stop }) => {
    const was = before.targets[cluster];
    return stop !== undefined && was !== undefined && was.stop === undefined && was.phase !== 'Failed' && busy(was);
  });
  return stopped
    .filter(({ cluster, restarts, finishedAt }) => {
      const revoked = after.effects.some((effect) => effect.type === 'revoke' && effect.cluster === cluster);
      const answered =
        finishedAt !== null && restarts.every(({ reason, phase }) => phase !== 'Skipped' || reason === 'Left');
      return !revoked && !answered;
    })
    .map(({ cluster }) => `3: ${cluster} was stopped without revocation`);
}

/** Never 3: a wave's rules are met when it finishes, and only then do others start. */
function overtaken(moment: Moment): readonly string[] {
  const { before, after } = moment;
  const started = freshPermits(moment).flatMap(({ target }) => {
    const wave = after.rollout.waves.find(({ name }) => name === target.wave);
    const early = wave?.dependsOn.filter(
      (on) => !after.rollout.waves.some(({ name, phase }) => name === on && DONE.has(phase)),
    );
    const implicit = !moment.rules.waves.some(({ name }) => name === wave?.name);
    const others = after.rollout.waves.filter(({ name }) => name !== wave?.name);
    if (implicit && others.some(({ phase }) => !DONE.has(phase))) return [`3: ${target.cluster} caught up too early`];
    if (wave === undefined || wave.phase !== 'Active') return [`3: ${target.cluster} started in wave ${wave?.phase}`];
    return (early ?? []).map((name) => `3: ${target.cluster} started before wave ${name} was done`);
  });
  const finished = after.rollout.waves.filter((wave) => {
    return DONE.has(wave.phase) && !DONE.has(before.waves.find(({ name }) => name === wave.name)?.phase ?? '');
  });
  return [...started, ...finished.flatMap((wave) => finishedEarly(moment, wave))];
}

function finishedEarly({ after, event, rules }: Moment, wave: Wave): readonly string[] {
  const { rollout } = after;
  const targets = inWave(rollout, wave);
  const open = targets.filter(({ phase }) => !isTerminalTarget(phase) && phase !== 'Deferred');
  const failed = targets.filter((t) => t.phase === 'Failed' && !rollout.acceptedFailures.includes(t.cluster));
  const wins = targets.filter(({ phase }) => phase === 'Succeeded');
  const last = Math.max(...wins.map(({ finishedAt }) => finishedAt ?? Infinity));
  const soak = rules.waves.find(({ name }) => name === wave.name)?.soakMs ?? 0;
  const followed = rollout.waves.some((next) => {
    return next.dependsOn.includes(wave.name) && inWave(rollout, next).some(busy);
  });
  const running = rollout.phase === 'Running' || rollout.phase === 'Halted' || isTerminalRollout(rollout.phase);
  return [
    ...(open.length > 0 ? [`3: wave ${wave.name} is done, ${open[0]?.cluster} is not`] : []),
    ...(failed.length > wave.maxFailures ? [`3: wave ${wave.name} is done over its limit`] : []),
    ...(failed.length > 0 && wins.length === 0 ? [`3: wave ${wave.name} is done without success`] : []),
    ...(wins.length > 0 && followed && event.at < last + soak ? [`3: the soak of ${wave.name} was cut short`] : []),
    ...(running ? [] : [`3: wave ${wave.name} finished while ${rollout.phase}`]),
  ];
}

/** Never 3, 4: paused, halted, held and stopped rollouts start nothing; a stopped target is sent nothing. */
function stoppedButSent(moment: Moment): readonly string[] {
  const { before, after } = moment;
  const fresh = freshPermits(moment);
  const sent = after.effects.filter(({ type }) => type === 'dispatch');
  const quiet = ['Cancelling', 'Superseding', 'Cancelled', 'Superseded', 'Succeeded', 'Degraded', 'Draft', 'Queued'];
  const same = isTerminalRollout(before.phase) && (after.rollout !== before || after.effects.length > 0);
  return [
    ...(fresh.length > 0 && after.rollout.phase !== 'Running' ? [`3: started while ${after.rollout.phase}`] : []),
    ...(sent.length > 0 && quiet.includes(after.rollout.phase) ? [`3: sent while ${after.rollout.phase}`] : []),
    ...(fresh.some(({ wasTarget }) => wasTarget?.stop !== undefined) ? ['3: started in a stopped target'] : []),
    ...(same ? ['3: an ended rollout changed'] : []),
  ];
}

const share = (amount: Readonly<{ count: number } | { percent: number }>, of: number): number =>
  'count' in amount ? Math.min(amount.count, of) : Math.floor((amount.percent * of) / 100);

/** Never 4: limits are those of the policy, against what the wave held when it started; and they hold. */
function overLimit(moment: Moment): readonly string[] {
  const { before, after, rules } = moment;
  return after.rollout.waves.flatMap((wave) => {
    const was = before.waves.find(({ name }) => name === wave.name);
    const targets = inWave(after.rollout, wave);
    const rule = rules.waves.find(({ name }) => name === wave.name) ?? rules.waves.at(-1);
    const planned = targets.filter((t) => t.phase !== 'Skipped' && t.stop?.phase !== 'Skipped').length;
    const most = rule === undefined ? 1 : Math.max(1, share(rule.concurrency, planned));
    const started = wave.startedAt !== null && (was?.startedAt ?? null) === null && !DONE.has(wave.phase);
    const held = targets.filter((target) => HELD.has(target.phase) || busy(target));
    const joined = held.some((target) => !HELD.has(before.targets[target.cluster]?.phase ?? ''));
    const failed = targets.filter((target) => {
      return target.restarts.some(({ phase }) => phase === 'Failed') && target.phase !== 'Skipped';
    });
    const counted = failed.filter(({ cluster }) => !after.rollout.acceptedFailures.includes(cluster)).length;
    const bound = wave.failureExposure === 'bounded' ? wave.maxFailures + 1 - counted : Infinity;
    return [
      ...(started && wave.maxConcurrency !== most ? [`4: ${wave.name} takes ${wave.maxConcurrency}, not ${most}`] : []),
      ...(joined && held.length > wave.maxConcurrency ? [`4: ${held.length} in flight in ${wave.name}`] : []),
      ...(joined && held.length > bound ? [`4: ${held.length} exposed in ${wave.name}, ${bound} may be`] : []),
      ...(joined && counted > wave.maxFailures ? [`4: ${wave.name} goes on after ${counted} failures`] : []),
    ];
  });
}

/** Every guard holds for every new permit, by the facts of that moment. */
function unguarded(moment: Moment): readonly string[] {
  return freshPermits(moment).flatMap(({ target, restart }) => {
    const cluster = moment.fleet.clusters[target.cluster];
    const facts = cluster?.workloads[objectKey(restart.workload)];
    if (cluster === undefined || facts === undefined) return [`guard: ${target.cluster} is not known`];
    const held = cluster.holds.some(({ expiresAt }) => expiresAt === null || expiresAt > moment.event.at);
    const first = target.restarts.filter(({ workload }) => restart.after.includes(objectKey(workload)));
    return [
      ...(held ? [`guard: ${target.cluster} is held`] : []),
      ...(cluster.drained ? [`guard: ${target.cluster} is drained`] : []),
      ...(cluster.connection === 'online' ? [] : [`guard: ${target.cluster} is ${cluster.connection}`]),
      ...(facts.source === target.expected ? [] : [`guard: the source of ${target.cluster} is not as expected`]),
      ...(facts.ignored || facts.want === facts.have ? [`guard: ${target.cluster} needs no restart`] : []),
      ...(facts.want === restart.revision && facts.uid === restart.uid ? [] : ['guard: not what the agent reported']),
      ...(first.every(({ phase }) => phase === 'Succeeded' || phase === 'Skipped') ? [] : ['guard: predecessors open']),
    ];
  });
}

/** Never 7: success is only what an agent saw running the permitted revision. */
function unseen({ after }: Moment, ready: ReadonlySet<string>): readonly string[] {
  const targets = Object.values(after.rollout.targets);
  const claimed = targets.flatMap(({ cluster, restarts }) =>
    restarts
      .filter(({ phase }) => phase === 'Succeeded')
      .map((r) => `${cluster} ${objectKey(r.workload)} ${r.revision}`),
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
    ...(proud ? [`7: succeeded with ${rest[0]?.cluster} ${rest[0]?.phase}`] : []),
  ];
}

const SPEAKING: ReadonlySet<string> = new Set([
  'Blocked',
  'Deferred',
  'Unknown',
  'Failed',
  'Skipped',
  'Cancelled',
  'Superseded',
  'Pending',
]);
const WAITING: ReadonlySet<string> = new Set([
  'Draft',
  'Pausing',
  'Paused',
  'Halted',
  'Cancelling',
  'Superseding',
  'Degraded',
  'Cancelled',
]);

/** Every wait, skip and failure says why; every change of phase is announced. */
function unexplained({ before, after }: Moment): readonly string[] {
  const { rollout, effects } = after;
  const mute = Object.values(rollout.targets).filter(
    (t) => SPEAKING.has(t.phase) && (t.reason === '' || t.message === ''),
  );
  const told = effects.some((effect) => effect.type === 'announce' && effect.subject === 'rollout');
  return [
    ...mute.map(({ cluster, phase }) => `why: ${cluster} is ${phase} without a reason`),
    ...(WAITING.has(rollout.phase) && rollout.reason === '' ? [`why: ${rollout.phase} without a reason`] : []),
    ...(before.phase !== rollout.phase && !told ? [`why: ${rollout.phase} was not announced`] : []),
  ];
}
