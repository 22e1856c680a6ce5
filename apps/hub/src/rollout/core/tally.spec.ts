import type { TargetPhase } from '@app/contracts/phases';
import { rolloutOf } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Rollout, Target } from './model';
import { mapTargets } from './state';
import { nextPending, putTargets, recount, tallyOf } from './tally';

const start = rolloutOf(rulesOf('new workloads=web\nwave one c01..c05\nwave two c06 after=one'));
const targetOf = (rollout: Rollout, cluster: string): Target => rollout.targets.get(cluster)!;
const put = (rollout: Rollout, cluster: string, patch: Partial<Target>): Rollout =>
  putTargets(rollout, [{ ...targetOf(rollout, cluster), ...patch }]);
/** What nobody has looked for yet is looked for from the beginning. */
const counted = (rollout: Rollout) => recount(rollout.targets.all());
const wave = start.waves[0]!;
const found = (rollout: Rollout, most: number) => nextPending(rollout, wave, most).map(({ cluster }) => cluster);

describe('the numbers of a wave', () => {
  it('count who is open, in flight, waiting, waiting again, and failing', () => {
    const phases: readonly TargetPhase[] = ['Pending', 'Deferred', 'Restarting', 'Failed', 'Succeeded'];
    const mixed = mapTargets(start, (target) => {
      const phase = phases[['c01', 'c02', 'c03', 'c04', 'c05'].indexOf(target.cluster)];
      return phase === undefined ? target : { ...target, phase, attempt: 1 };
    });
    expect(tallyOf(mixed, 'one')).toEqual({
      open: 2,
      taken: 1,
      placed: 0,
      pending: 1,
      again: 1,
      failing: ['c04'],
      from: 0,
    });
    expect(tallyOf(mixed, 'two')).toEqual({ open: 1, taken: 0, placed: 0, pending: 1, again: 0, failing: [], from: 0 });
    expect(tallyOf(mixed, 'none')).toEqual({
      open: 0,
      taken: 0,
      placed: 0,
      pending: 0,
      again: 0,
      failing: [],
      from: 0,
    });
  });

  it('count a target between two tries among those that have a place', () => {
    const target = targetOf(start, 'c01');
    const tried = (phase: TargetPhase, failures: number) => {
      const restarts = target.restarts.map((restart) => ({ ...restart, failures }));
      const { taken, placed } = tallyOf(put(start, 'c01', { phase, restarts }), 'one');
      return [taken, placed];
    };
    expect([tried('Blocked', 1), tried('Pending', 1), tried('Pending', 0), tried('Deferred', 1)]).toEqual([
      [1, 0],
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  it('carried on are what a count from nothing gives', () => {
    const steps: readonly Partial<Target>[] = [
      ...[{ phase: 'Dispatched' as const, attempt: 1 }, { phase: 'Failed' as const }, { phase: 'Pending' as const }],
      ...[{ phase: 'Deferred' as const }, { phase: 'Blocked' as const }, { phase: 'Succeeded' as const }],
    ];
    let rollout = start;
    for (const patch of steps)
      for (const cluster of ['c01', 'c03', 'c06']) {
        rollout = put(rollout, cluster, patch);
        for (const name of ['one', 'two']) expect(tallyOf(rollout, name)).toEqual(counted(rollout)[name]);
      }
    expect(putTargets(rollout, [])).toBe(rollout);
  });

  it('take in who is new', () => {
    const joined = putTargets(start, [{ ...targetOf(start, 'c01'), cluster: 'c99' }]);
    expect(tallyOf(joined, 'one')).toEqual({ ...tallyOf(start, 'one'), open: 6, pending: 6 });
  });
});

describe('who is next in a wave', () => {
  it('is found in the order of dispatch, and no more than asked for', () => {
    expect([found(start, 0), found(start, 2), found(start, 9)]).toEqual([
      [],
      ['c01', 'c02'],
      ['c01', 'c02', 'c03', 'c04', 'c05'],
    ]);
  });

  it('is looked for behind those who were passed over, until one of them waits anew', () => {
    let rollout = start;
    for (const cluster of ['c01', 'c02', 'c03']) rollout = put(rollout, cluster, { phase: 'Dispatched' });
    expect(found(rollout, 1)).toEqual(['c04']);
    expect(tallyOf(rollout, 'one').from).toBe(3);
    expect(found(rollout, 1)).toEqual(['c04']);
    const gone = put(rollout, 'c04', { phase: 'Dispatched' });
    expect([tallyOf(gone, 'one').from, found(gone, 2)]).toEqual([3, ['c05']]);
    expect(found(put(gone, 'c02', { phase: 'Pending' }), 2)).toEqual(['c02', 'c05']);
  });

  it('is nobody once all have had their turn, and nobody is looked at again', () => {
    let rollout = start;
    for (const cluster of wave.clusters) rollout = put(rollout, cluster, { phase: 'Succeeded' });
    expect([found(rollout, 2), tallyOf(rollout, 'one').from]).toEqual([[], 5]);
  });
});
