import { FleetFacts } from '@test/rollout/fleet';
import { MINUTE, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Rollout, Target, Wave } from './model';
import { mapTargets } from './state';
import { step } from './step';
import { waitingFor } from './waiting';

const CLUSTERS = ['c01', 'c02', 'c03'];
const facts = new FleetFacts(CLUSTERS, ['web']).now();
const queued = rolloutOf(rulesOf('new\nwave one c01..c03'));
const running = step(queued, { type: 'woken', at: START }, facts).rollout;
const AT = START + MINUTE;

type Patch = Partial<Target>;
/** The rollout, with these targets in this order; what it waits for, one line each. */
const having = (rollout: Rollout, ...patches: readonly Patch[]): Rollout =>
  mapTargets(rollout, (target) => ({ ...target, ...patches[CLUSTERS.indexOf(target.cluster)] }));
const waits = (rollout: Rollout): readonly string[] =>
  waitingFor(rollout, AT).map(({ reason, until, detail }) => {
    return `${reason}${until === null ? '' : ` for ${until - AT} ms`}: ${detail}`;
  });
const inWave = (patch: Partial<Wave>): Rollout => ({
  ...running,
  waves: running.waves.map((wave) => ({ ...wave, ...patch })),
});

const DONE: Patch = { phase: 'Succeeded' };
const LOST: Patch = { phase: 'Unknown', reason: 'LostContact', message: 'no contact', until: AT + 5 };

describe('what a rollout waits for', () => {
  it('is the soonest end of what holds its clusters, where it has not begun', () => {
    const held = (until: number | null): Patch => ({ phase: 'Blocked', reason: 'Hold', until });
    const hold = (...ends: readonly (number | null)[]) =>
      waits(having({ ...queued, reason: 'Hold', message: 'every cluster is held' }, ...ends.map(held)));
    expect(hold(AT + 9, AT + 7, null)).toEqual(['Hold for 7 ms: every cluster is held']);
    expect(hold(AT, AT - 1, AT + 1)).toEqual(['Hold for 1 ms: every cluster is held']);
    expect(hold(null, null, null)).toEqual(['Hold: every cluster is held']);
  });

  it('is to be looked at, where nothing is in its way', () => {
    expect(waits(having(running, DONE, DONE, DONE))).toEqual(['Wake: is about to go on']);
  });

  it('is the soak, until that is over', () => {
    const soak = (soakUntil: number | null) => waits(inWave({ phase: 'Soaking', soakUntil, message: 'soaks' }));
    expect([AT + 1, AT, null].map(soak)).toEqual([['Soak for 1 ms: soaks'], ['Soak: soaks'], ['Soak: soaks']]);
  });

  it('is an open gate, until its time comes', () => {
    const rules = rulesOf('new\nwave one c01\nbefore wait for=1m');
    const gated = step(rolloutOf(rules), { type: 'woken', at: START }, facts).rollout;
    const ends = [AT - 1, AT].map((now) => waitingFor(gated, now).map(({ until, gate }) => [until, gate]));
    expect(ends).toEqual([[[AT, 'r1.one.before.wait']], [[null, 'r1.one.before.wait']]]);
  });

  it('is each cluster in flight, and apart from those each that is out of reach', () => {
    expect(waits(having(running, {}, LOST, DONE))).toEqual([
      'Restarting: 1 in flight in wave one: c01',
      'LostContact for 5 ms: 1 in wave one: c02; no contact',
    ]);
  });

  it('is in a pause what comes to its end all the same', () => {
    const paused = { ...running, phase: 'Paused', reason: 'Paused', message: 'paused by ann' } as const;
    const queue: Patch = { phase: 'Pending', reason: 'Concurrency', message: 'a slot' };
    expect(waits(having(paused, {}, LOST, queue))).toEqual([
      ...['Paused: paused by ann', 'Restarting: 1 in flight in wave one: c01'],
      'LostContact for 5 ms: 1 in wave one: c02; no contact',
    ]);
  });

  it('is told by the phase of who waits without a reason', () => {
    const silent: Patch = { phase: 'Blocked', reason: '', message: '' };
    expect(waits(having(running, DONE, DONE, silent))).toEqual(['Blocked: 1 in wave one: c03; ']);
  });

  it('is a window with when it opens and closes, for those to whom it opens at one time', () => {
    const window = (message: string, closes?: number): Patch => ({
      ...{ phase: 'Blocked', reason: 'Window', message, until: AT + 1 },
      ...(closes !== undefined && { closes }),
    });
    const windows = (rollout: Rollout) =>
      waitingFor(rollout, AT).map(({ detail, window: told }) => [detail.split(';')[0], told]);
    const opens = { closedBecause: 'nights', nextOpen: AT + 1 };
    expect(windows(having(running, window('nights', AT + 9), window('nights', AT + 9), window('days')))).toEqual([
      ['2 in wave one: c01, c02', { ...opens, nextClose: AT + 9 }],
      ['1 in wave one: c03', { ...opens, closedBecause: 'days', nextClose: null }],
    ]);
    expect(windows(having(running, DONE, DONE, { phase: 'Blocked', reason: 'Hold', message: 'held' }))).toEqual([
      ['1 in wave one: c03', undefined],
    ]);
  });
});
