import type { Case, CaseList } from './case-list';

/** Numbers sentences from `first` on. */
const from = (first: number, sentences: readonly string[]): readonly (readonly [number, Case])[] =>
  sentences.map((what, at) => [first + at, { what }]);

const PLANNING = from(1, [
  'canary over thirty clusters is one, three and the rest, by name, with a stable hash',
  'canary over one cluster leaves its other waves empty and without soak',
  'a change that concerns no cluster starts nothing and says so once',
  'clusters in no wave are all named',
  'a cluster that two waves take goes with the first',
  'waves in a circle are refused with the circle',
  'workloads in a circle stop the plan and name the cluster',
  'shares are rounded down: at least one runs, and none may fail',
  'a limit above the wave is the wave, and all failing is no success',
  'a concurrency of nothing and unknown fields are refused by name',
  'a plan tells everything and writes nothing',
  'a start for a plan that is out of date is refused',
]);

const WAVES = from(13, [
  'the next wave starts when the soak is over: not before, and not long after',
  'the next change soaks in full again',
  'who was healthy on the old revision does not count as restarted',
  'a workload that fails during the soak fails the wave or starts the soak again',
  'soak and approval run side by side',
  'an approval that nobody gives expires',
  'the starter does not approve',
  'an approval is given once',
  'an approval is for one revision',
]);

const FAILURES = from(22, [
  'bounded: never more at risk than may fail, plus one',
  'unbounded: as many as run at once, and halted when too many have failed',
  'a failure within the limit is Degraded and no success',
  'a wave without any success has failed, whatever the limit',
  'a ramp doubles, and falls back on failure',
  'a rollout that does not progress is not patched again',
  'retry runs what failed, and nothing else',
  'a halted rollout ends in time and is not begun again by itself',
  'failures leave independent waves alone and block dependent ones',
]);

const STEERING = from(31, [
  'pause: what runs ends, nothing starts, and a soak that ends meanwhile moves nothing',
  'resume inside a freeze waits for its end',
  'cancel: an agent refuses what reaches it later',
  'a skipped target tells who and why, and is counted out',
  'one hold less is not none',
]);

const SUPERSEDING = from(36, [
  'a newer revision: who has not begun never gets the older one',
  'a restart that takes in a newer revision counts for that one',
  'one event a thousand times is one rollout and one restart',
  'an event that arrives after a newer one starts nothing',
  'a source that flaps is put aside until it is quiet',
  'a source that flaps without that guard is gathered by its longest wait',
  'there and back is nothing, or as little as was done',
  'what is no content is no change',
  'another fingerprint key is no change',
  'several rollouts of one workload are one restart',
  'a content that arrives late somewhere is waited for there',
]);

const AGENTS = from(47, [
  'an agent lost after its patch goes on where it was',
  'an agent that stays lost keeps its slot for a while, then counts as failed',
  'who is off line is deferred, and restarted once when back',
  'many that come back at once keep to the limits',
  'too many off line is no success',
  'who joins late is caught up with',
  'who leaves frees its slot',
  'an agent that can not prove is not counted as proven',
  'two under one identity: the second is refused',
]);

const CRASHES = from(56, [
  'the hub dies between storing and sending: sent once after its return',
  'the hub dies in the middle of a wave: all is known after its return',
  'every queue is lost: the rollout goes on by itself',
  'without Redis: alive, not ready, nothing new starts, and on it goes when it is back',
  'a job that runs twice sends one command',
  'a replica that slept writes nothing',
  'a clock that jumps decides nothing',
]);

const WINDOWS = from(63, [
  'a window over midnight',
  'a window in the hour that does not exist',
  'a window in the hour that comes twice',
  'a window on the night of another change of clocks',
  'each cluster by its own time',
  'nothing starts shortly before the end of a window',
  'a closed window wins, and one that never opens is told',
]);

const LIMITS = from(70, [
  'a rate with its burst, exact over replicas',
  'what is refused takes no token',
  'a workload has its least pause',
  'two of one pair are never restarted together',
  'what others depend on comes first, over the fleet',
  'one noisy cluster holds up no other',
]);

const CHECKS = from(76, [
  'a check that can not be asked is waited for',
  'what goes wrong everywhere is not blamed on the rollout',
  'an alert in one cluster holds up that one',
  'a deadline that can not be met is told before the start',
  'breaking the glass skips waiting and keeps the limits',
  'breaking the glass needs a right and a reason',
  'a rollout keeps the policy it began with, and guards that are added hold at once',
  'a rollout outlives its policy',
  'a source can not loosen its policy',
  'no value and no digest that anybody could make is found anywhere',
  'what can not restart is skipped, each with its reason',
  'a disruption budget is respected',
  'what somebody turns back is not done over and over',
  'one request sent fifty times is one rollout',
  'of two verbs one wins and the other is told where the rollout stands',
  'pods that came up on another content are proof of it',
  'who waits for another rollout takes no token',
]);

/** What a rollout does. */
export const ROLLOUTS_CASES: CaseList = Object.fromEntries([
  ...[...PLANNING, ...WAVES, ...FAILURES, ...STEERING, ...SUPERSEDING, ...AGENTS],
  ...[...CRASHES, ...WINDOWS, ...LIMITS, ...CHECKS],
]);
