import { MINUTE, rolloutOf, SECOND, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { changedTargets, effectsOf, wakeAt } from './effects';
import { type Gate, opened } from './gate';
import { gatesOf } from './gates';
import type { Rollout, Target, Wave } from './model';
import { mapTargets, mapWaves } from './state';
import { SWEEP_MS } from './timing';

const rules = rulesOf(
  'new ack=10m progress=20m lost=20m haltTtl=1h\nwave one c01..c02\nbefore approval\nwave two c03 after=one',
);
const rollout: Rollout = { ...rolloutOf(rules), phase: 'Running' };
const SOON = START + 2 * SECOND;
const [SWEEP, LONG_AGO] = [START + SWEEP_MS, START - 24 * 60 * MINUTE];

const withTarget = (patch: Partial<Target>): Rollout =>
  mapTargets(rollout, (target) => (target.cluster === 'c01' ? { ...target, ...patch } : target));
const withWave = (patch: Partial<Wave>): Rollout =>
  mapWaves(rollout, (wave) => (wave.name === 'one' ? { ...wave, ...patch } : wave));
const withGate = (patch: Partial<Gate>): Rollout =>
  mapWaves(rollout, (wave) => ({ ...wave, gates: gatesOf(wave).map((gate) => ({ ...gate, ...patch })) }));
const IN_FLIGHT = {
  phase: 'Restarting',
  dispatchedAt: START,
  permit: { sends: 1, sentAt: START, heardAt: null },
} as const;

describe('a rollout is looked at again', () => {
  it.each<[string, Rollout, number | null]>([
    ['never, once it is over', { ...rollout, phase: 'Succeeded' }, null],
    ['after a sweep, where nothing is due', rollout, SWEEP],
    ['when a soak is over', withWave({ phase: 'Soaking', soakUntil: SOON }), SOON],
    ['not for a soak that was left', withWave({ phase: 'Active', soakUntil: SOON }), SWEEP],
    ['not for a soak that has no end yet', withWave({ phase: 'Soaking', soakUntil: null }), SWEEP],
    ['when a halt has lasted long enough', { ...rollout, phase: 'Halted', haltedAt: SOON - 60 * MINUTE }, SOON],
    ['when the time of an open gate comes', withGate({ state: 'Open', until: SOON }), SOON],
    ['not for a gate that was passed before its time', withGate({ state: 'Approved', until: SOON }), SWEEP],
    ['when a wait ends', withTarget({ phase: 'Blocked', until: SOON }), SOON],
    ['not for a wait that was to end already', withTarget({ phase: 'Blocked', until: START }), SWEEP],
    ['when a refusal is over', withTarget({ phase: 'Pending', refusedUntil: SOON }), SOON],
    ['not for a target that is over', withTarget({ phase: 'Failed', until: SOON }), SWEEP],
    [
      'when an acknowledgement is due',
      withTarget({ ...IN_FLIGHT, permit: { ...IN_FLIGHT.permit, sentAt: SOON - 10 * MINUTE } }),
      SOON,
    ],
    ['when an agent is lost', withTarget({ ...IN_FLIGHT, lostAt: SOON - 20 * MINUTE }), SOON],
    [
      'when a limit lets more begin',
      withTarget({ ...IN_FLIGHT, limited: { reason: 'RateLimit', message: '', until: SOON } }),
      SOON,
    ],
    [
      'not for a limit of unknown end',
      withTarget({ ...IN_FLIGHT, limited: { reason: 'RateLimit', message: '', until: null } }),
      SWEEP,
    ],
    [
      'not for what was sent and answered long ago',
      withTarget({ phase: 'Pending', dispatchedAt: LONG_AGO, lostAt: SOON - 20 * MINUTE }),
      SWEEP,
    ],
  ])('%s', (_what, state, expected) => {
    expect(wakeAt(state, START)).toBe(expected);
  });
});

it('targets that are new or not what they were have changed', () => {
  const names = (before: Rollout | null, after: Rollout) => changedTargets(before, after).map(({ cluster }) => cluster);
  expect(names(null, rollout)).toEqual(['c01', 'c02', 'c03']);
  expect(names(rollout, withTarget({ until: SOON }))).toEqual(['c01']);
  expect(names(rollout, { ...rollout, phase: 'Paused' })).toEqual([]);
});

describe('what is told', () => {
  const told = (before: Rollout, after: Rollout) =>
    effectsOf(before, after, START, changedTargets(before, after)).map((effect) =>
      effect.type === 'announce' ? `${effect.subject} ${effect.name} ${effect.phase} ${effect.reason}` : effect.type,
    );
  const open = mapWaves(rollout, (wave) => ({ ...wave, gates: gatesOf(wave).map((gate) => opened(gate, START)) }));
  const given = mapWaves(open, (wave) => ({
    ...wave,
    gates: gatesOf(wave).map((gate) => ({ ...gate, given: [{ actor: 'ann', at: START, why: '' }] })),
  }));
  const id = gatesOf(rollout.waves[0]!)[0]!.id;

  it('is what has another phase or reason, and nothing else', () => {
    expect(told(rollout, rollout)).toEqual([]);
    expect(told(rollout, { ...rollout, message: 'other words' })).toEqual([]);
    expect(told(rollout, withWave({ phase: 'Soaking', reason: 'Soak' }))).toEqual(['wave one Soaking Soak']);
    expect(told(rollout, withWave({ message: 'other words' }))).toEqual([]);
    expect(told(rollout, withTarget({ phase: 'Failed', reason: 'Lost' }))).toEqual(['target c01 Failed Lost']);
  });

  it('is that a gate opens, and each decision about it', () => {
    expect(told(rollout, open)).toEqual([`gate ${id} Open Approval`]);
    expect(told(open, given)).toEqual([`gate ${id} Open Approval`]);
    expect(
      told(
        open,
        mapWaves(open, (wave) => ({ ...wave, message: 'other words' })),
      ),
    ).toEqual([]);
  });

  it('is not that the time of a gate moved with the clock', () => {
    const moved = mapWaves(open, (wave) => ({
      ...wave,
      gates: gatesOf(wave).map((gate) => ({ ...gate, until: SOON })),
    }));
    expect(told(open, moved)).toEqual([]);
  });

  it('is no gate of a new wave before it opens', () => {
    const before = { ...rollout, waves: rollout.waves.slice(1) };
    expect(told(before, rollout).filter((text) => text.startsWith('gate'))).toEqual([]);
    expect(told(before, open).filter((text) => text.startsWith('gate'))).toEqual([`gate ${id} Open Approval`]);
  });
});
