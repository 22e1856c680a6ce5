import { isTerminalRollout } from '@app/contracts/phases';
import type { Rollout, Wave } from '../../../apps/hub/src/rollout/core/model';
import { DONE, freshPermits, type Moment, when } from './moment';

type Gate = NonNullable<Wave['gates']>[number];
const gates = (rollout: Rollout): readonly Gate[] => rollout.waves.flatMap((wave) => wave.gates ?? []);
const LET_THROUGH = ['Approved', 'Passed'];

/** Never 3: nothing passes a gate that nobody opened the way of, and what people decided stays decided. */
export const ungated = (moment: Moment): readonly string[] => [
  ...jumped(moment),
  ...gates(moment.after.rollout).flatMap((gate) => misjudged(moment, gate)),
  ...ranOn(moment),
];

/** A wave starts behind its first gates, and is done behind its last. */
function jumped(moment: Moment): readonly string[] {
  const { before, after } = moment;
  const started = new Set(freshPermits(moment).map(({ target }) => target.wave));
  const undone = new Set(before.waves.filter(({ phase }) => !DONE.has(phase)).map(({ name }) => name));
  return after.rollout.waves.flatMap((wave) => {
    const ended = undone.has(wave.name) && (wave.phase === 'Succeeded' || wave.phase === 'Degraded');
    const crossed = (wave.gates ?? []).filter(({ rule }) => {
      return rule.side === 'before' ? started.has(wave.name) : ended;
    });
    return crossed.flatMap((gate) =>
      when(!LET_THROUGH.includes(gate.state), `3: ${wave.name} went past gate ${gate.id}, which is ${gate.state}`),
    );
  });
}

const misjudged = (moment: Moment, gate: Gate): readonly string[] => [
  ...unasked(moment, gate),
  ...untimely(moment, gate),
  ...unended(moment, gate),
];

/** Approvals are what people said, each of them once, and enough of them. */
function unasked({ before, event }: Moment, { id, rule, state, given }: Gate): readonly string[] {
  const was = gates(before).find((gate) => gate.id === id);
  const people = new Set(given.map(({ actor }) => actor)).size;
  const grew = given.length > (was?.given.length ?? 0) && !id.includes('.catch-up');
  const saidSo = event.type === 'approved' && event.gate === id;
  const few = rule.type === 'approval' && state === 'Approved' && people < rule.count;
  return [
    ...when(people !== given.length, `3: somebody counts twice at gate ${id}`),
    ...when(grew && !saidSo, `3: nobody approved gate ${id}`),
    ...when(few, `3: gate ${id} has ${people} approvals`),
  ];
}

function untimely({ event }: Moment, { id, rule, state, until }: Gate): readonly string[] {
  const early = state === 'Passed' && (rule.type === 'approval' || until === null || event.at < until);
  const ends = rule.type === 'approval' && rule.onExpire === 'reject' && until !== null;
  return [
    ...when(early, `3: gate ${id} passed before its time`),
    ...when(ends && state === 'Open' && event.at >= until, `3: gate ${id} is open after it expired`),
  ];
}

function unended({ before, after: { rollout } }: Moment, { id, state, reason }: Gate): readonly string[] {
  const was = gates(before).find((gate) => gate.id === id)?.state;
  const decided = was !== undefined && LET_THROUGH.includes(was) && was !== state;
  const left = isTerminalRollout(rollout.phase) && (state === 'Open' || state === 'NotOpen');
  return [
    ...when(decided, `3: gate ${id} was ${was} and is ${state}`),
    ...when(left, `3: ${rollout.phase} with gate ${id} ${state}`),
    ...when(state !== 'NotOpen' && reason === '', `why: gate ${id} is ${state} without a reason`),
  ];
}

/** A rollout stands still on a gate that was refused, as long as it guards anything. */
function ranOn({ after: { rollout } }: Moment): readonly string[] {
  if (rollout.phase !== 'Running') return [];
  const open = rollout.waves.filter(({ phase }) => !DONE.has(phase));
  const refused = open
    .flatMap((wave) => wave.gates ?? [])
    .filter(({ state }) => state === 'Rejected' || state === 'Expired');
  return refused.map(({ id }) => `3: runs on although gate ${id} was refused`);
}
