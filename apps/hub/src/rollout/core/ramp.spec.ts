import { rolloutOf } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { RampState, Rollout, Target } from './model';
import { isInBatch, rampUp } from './ramp';
import { mapTargets } from './state';

const CLUSTERS = ['c01', 'c02', 'c03', 'c04', 'c05'];
const HELD = { reason: 'WorkloadOrder', message: 'waits for others' };

/** A wave in the middle of its ramp whose batch is these targets. */
function climbing(ramp: Partial<RampState>, ...batch: readonly Partial<Target>[]): Rollout {
  const planned = rolloutOf(rulesOf('new\nwave only c01..c05'));
  const names = CLUSTERS.slice(0, batch.length);
  return {
    ...mapTargets(planned, (target) => ({ ...target, ...batch[names.indexOf(target.cluster)] })),
    waves: planned.waves.map((wave) => ({
      ...{ ...wave, phase: 'Active', maxConcurrency: 5 },
      ramp: { start: 1, factor: 2, size: names.length, batch: names, ...ramp },
    })),
  };
}
const sizeAfter = (rollout: Rollout): number | undefined => rampUp(rollout).waves[0]?.ramp?.size;
const held = (): Partial<Target> => {
  const [restart] = climbing({}).targets.get('c01')?.restarts ?? [];
  return { restarts: restart === undefined ? [] : [{ ...restart, held: HELD }] };
};
const DONE: Partial<Target> = { phase: 'Succeeded' };

it.each<[string, Partial<Target>, boolean]>([
  ['is through', DONE, true],
  ['was skipped', { phase: 'Skipped' }, true],
  ['is deferred', { phase: 'Deferred' }, true],
  ['waits for workloads of others, which may not have started', { phase: 'Blocked', ...held() }, true],
  ['waits for them, and something of it is under way', { phase: 'Restarting', ...held() }, false],
  ['is under way', { phase: 'Restarting' }, false],
  ['has to start anew', { phase: 'Pending' }, false],
])('the next batch comes when the last one of this %s: %s', (_what, last, comes) => {
  expect(sizeAfter(climbing({}, DONE, last))).toBe(comes ? 4 : 2);
});

it.each<[string, Partial<RampState>, number]>([
  ['by its factor, rounded down', { factor: 1.5, size: 3 }, 4],
  ['by one where the factor makes it no larger', { factor: 1.1, size: 3 }, 4],
  ['up to how many clusters the wave takes at a time', { factor: 9, size: 3 }, 5],
])('a batch grows %s', (_what, ramp, size) => {
  expect(sizeAfter(climbing(ramp, DONE, DONE, DONE))).toBe(size);
});

it('a wave without a ramp has nobody in a batch', () => {
  const rollout = climbing({}, DONE);
  const target = rollout.targets.get('c01')!;
  const { ramp: _ramp, ...plain } = rollout.waves[0]!;
  expect([isInBatch(rollout.waves[0]!, target), isInBatch(plain, target)]).toEqual([true, false]);
});
