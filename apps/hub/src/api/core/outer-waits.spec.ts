import { rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { allWaits } from './outer-waits';

const AROUND = { missing: null, quarantinedUntil: undefined };
const rollout = { ...rolloutOf(rulesOf('new\nwave one c01')), phase: 'Running' } as const;

describe('what a rollout waits for around it', () => {
  it('is nothing more than what stands in it, as long as all is well', () => {
    expect(allWaits(rollout, AROUND, START).map(({ reason }) => reason)).toEqual(['Wake']);
  });

  it.each([
    [2, 'the hub lost its store: nothing starts before the clusters have said where they stand; 2 have not yet'],
    [0, 'the hub lost its store: nothing starts before the clusters have said where they stand'],
  ])('is first of all a hub that has to hear of %i clusters', (missing, detail) => {
    const [first, second] = allWaits(rollout, { ...AROUND, missing }, START);
    expect([first, second?.reason]).toEqual([{ reason: 'Recovering', until: null, detail }, 'Wake']);
  });

  it('is nothing when it is over', () => {
    expect(allWaits({ ...rollout, phase: 'Succeeded' }, { ...AROUND, missing: 2 }, START)).toEqual([]);
  });

  it('is a source that is left alone, for whoever waits for its newer revision', () => {
    const [first] = rollout.targets.all();
    if (first === undefined) throw new Error('there is a target');
    const moved = { ...first, phase: 'Blocked', reason: 'SourceMoved', message: 'moved' } as const;
    const waves = rollout.waves.map((wave) => ({ ...wave, phase: 'Active', startedAt: START }) as const);
    const waiting = { ...rollout, waves, targets: rollout.targets.with([moved]) };
    const around = { ...AROUND, quarantinedUntil: START + 1 };
    expect(allWaits(waiting, around, START).map(({ reason, until }) => [reason, until])).toEqual([
      ['Quarantined', START + 1],
      ['SourceMoved', null],
    ]);
    expect(allWaits(waiting, around, START)[0]?.detail).toBe(
      'the source changes too often: its newer revision is left alone',
    );
    const drained = { ...moved, cluster: 'c02', reason: 'Drained' };
    const two = { ...waiting, waves: waves.map((wave) => ({ ...wave, clusters: ['c01', 'c02'] })) };
    const both = { ...two, targets: rollout.targets.with([moved, drained]) };
    expect(allWaits(both, around, START).map(({ reason }) => reason)).toEqual([
      'Quarantined',
      'SourceMoved',
      'Drained',
    ]);
    expect(allWaits(rollout, around, START).map(({ reason }) => reason)).toEqual(['Wake']);
  });
});
