import type { Case, CaseList } from './case-list';

/** Numbers sentences from `first` on. */
const from = (first: number, sentences: readonly string[]): readonly (readonly [number, Case])[] =>
  sentences.map((what, at) => [first + at, { what }]);

const DELIVERY = from(1, [
  'a report whose acknowledgement is lost is known once',
  'much that changed while apart is told once for each workload',
  'killed before the patch: one restart',
  'killed between patch and answer: answered as done already, one restart',
  'killed between acknowledgement and result: the result is found again',
  'a permit that comes a hundred times is one restart',
  'two agents with one permit: one patch, the other finds it done',
  'a permit for content that has moved on is refused',
  'there and back is nothing; there, restarted, and back is one more',
  'a permit for a workload that was made anew is refused',
  'a permit waits behind nothing for ever',
  'a permit in a poll that is cut is not lost',
  'a hub that never answers holds up no agent',
  'who strips our annotation causes no further restart',
  'the first look at a cluster restarts nothing',
  'another fingerprint key restarts nothing, and the next change does once',
]);

const RESYNC = from(17, [
  'whatever is lost, both sides agree soon after',
  'a store that was emptied is filled again before anything is sent',
  'a store that was put back obeys what agents have seen',
  'a snapshot that is cut changes nothing',
  'an empty snapshot deletes nothing by itself',
  'what was dropped on the way is found by comparing',
  'who has nothing new sends no snapshot',
  'what is reported during a snapshot wins over it',
]);

const FAULTS = from(25, [
  'a link that comes and goes',
  'hubs that come and go',
  'a slow link that loses packets',
  'a proxy without upgrades',
  'a proxy that ends idle connections',
  'a link that is dead and does not say so',
  'a balancer that drops everything',
  'the end of an old session does not end the new one',
]);

const SCALE = from(33, [
  'everybody comes back at once',
  'hubs replaced one by one',
  'all hubs start anew',
  'many agents that do nothing',
  'a day of steady changes',
  'one agent with very much to tell',
  'a quarter of all agents gone',
  'a hub that takes over loses nobody',
]);

const TRUST = from(41, [
  'what was recorded lets nobody in again',
  'one key from two places',
  'one token for a hundred: one gets in, and none when it has expired',
  'a known cluster under another key waits for a person, and the old key stays',
  'no message of one cluster touches another, and naming one ends the session',
  'names that look alike are not alike',
  'a new key needs the old one',
  'a success without evidence opens nothing',
  'a hub without its signing key is obeyed by nobody',
  'a permit for a revision that nobody reported restarts nothing',
  'a flood of permits keeps to the limit of the agent',
  'what was cancelled, of an older epoch or too late is not carried out',
  'a permit with one wrong bit is refused alone',
  'the whole store tells no value, not even by trying',
  'equal values look different in two places',
  'no value is found in anything that was ever written',
  'the rights of the agent are those that are published',
  'the rights of the agent change nothing but the restart',
  'frames that no honest agent sends end their session',
  'connections that say nothing cost nothing',
  'one agent that says too much slows no other',
  'what was forged in Redis is carried out by nobody',
  'who is revoked is out within seconds and stays out',
  'an agent that is too old is told so, and goes on by itself',
  'what was written down can not be unwritten',
]);

const AWAY = from(66, [
  'hold: nothing restarts without the hub',
  'fallback: after its time, one by one, and told later',
  'immediate: without the hub at once',
  'a Redis that changes its primary',
  'a job that two workers run sends one permit',
  'older and newer versions with each other',
  'a freeze reaches everybody',
]);

/** What hub and agent owe each other. */
export const PROTOCOL_CASES: CaseList = Object.fromEntries([
  ...[...DELIVERY, ...RESYNC, ...FAULTS, ...SCALE, ...TRUST, ...AWAY],
]);
