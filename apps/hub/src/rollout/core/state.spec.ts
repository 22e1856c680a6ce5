import { rolloutPhase, targetPhase, wavePhase } from '@app/contracts/phases';
import { rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { closeWaves } from './closing';
import { isInFlight, isRunning, isStopping, namesText, own } from './state';

const rollout = rolloutOf(rulesOf('new\nwave one c01\nwave two c02 after=one'));

it('a record is read by names from outside, also by such that every object has', () => {
  const record = { c1: 1 } as Readonly<Record<string, number>>;
  expect(['c1', 'c2', 'constructor'].map((key) => own(record, key))).toEqual([1, undefined, undefined]);
});

it('a rollout stops by being cancelled or superseded, and only a running one starts anything', () => {
  const phases = rolloutPhase.options.map((phase) => ({ ...rollout, phase }));
  expect(phases.filter(isStopping).map(({ phase }) => phase)).toEqual(['Cancelling', 'Superseding']);
  expect(phases.filter(isRunning).map(({ phase }) => phase)).toEqual(['Running']);
});

it('a target holds its slot from when it is sent a permit until it is over, also out of reach', () => {
  const target = rollout.targets.get('c01')!;
  const holding = targetPhase.options.filter((phase) => isInFlight({ ...target, phase }));
  expect(holding).toEqual(['Dispatched', 'Acked', 'Restarting', 'Verifying', 'Unknown']);
});

it('of many names the first five are told, and how many more there are', () => {
  const names = (count: number) => namesText(Array.from({ length: count }, (_, n) => `c${n}`));
  expect([0, 1, 5, 6].map(names)).toEqual(['', 'c0', 'c0, c1, c2, c3, c4', 'c0, c1, c2, c3, c4 and 1 more']);
});

it('waves that end with their rollout: those that were over stay, one that failed is over at last', () => {
  const why = { reason: 'Cancelled', message: 'by ann' };
  const ended = (finishedAt: number | null) => {
    const waves = wavePhase.options.map((phase) => ({ ...rollout.waves[0]!, phase, soakUntil: START, finishedAt }));
    return closeWaves({ ...rollout, waves }, 'Cancelled', why, START + 1).waves;
  };
  const KEPT = ['Succeeded', 'Degraded', 'Failed', 'Skipped'];
  for (const [at, wave] of ended(null).entries()) {
    const was = wavePhase.options[at] ?? '';
    expect(wave.phase).toBe(KEPT.includes(was) ? was : 'Cancelled');
    expect(wave.finishedAt).toBe(KEPT.includes(was) && was !== 'Failed' ? null : START + 1);
    expect(wave.reason).toBe(KEPT.includes(was) ? '' : 'Cancelled');
  }
  expect(ended(START).find(({ phase }) => phase === 'Failed')?.finishedAt).toBe(START);
});
