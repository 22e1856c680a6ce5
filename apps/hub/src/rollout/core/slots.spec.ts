import { NEW, rolloutOf } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Restart, Target } from './model';
import { keepsSlot } from './slots';

const planned = rolloutOf(rulesOf('new workloads=web,api\nwave only c01')).targets.get('c01')!;
const AGAIN: Partial<Restart> = { failures: 1 };
const DONE: Partial<Restart> = { phase: 'Succeeded', revision: NEW };
const HELD: Partial<Restart> = { held: { reason: 'FleetOrder', message: 'waits for others' } };

it.each<[string, Target['phase'], readonly Partial<Restart>[], boolean]>([
  ['in flight', 'Restarting', [], true],
  ['waiting for its turn', 'Pending', [], false],
  ['of which one workload is tried again, and the other is through', 'Pending', [DONE, AGAIN], true],
  ['of which one workload is tried again, and the other comes first', 'Blocked', [{}, AGAIN], true],
  ['whose failure is over', 'Pending', [{ ...AGAIN, ...DONE }, {}], false],
  ['that a person has tried again', 'Pending', [{ failures: 0 }, {}], false],
  ['that waits for other clusters', 'Blocked', [{ ...AGAIN, ...HELD }, HELD], false],
  ['that is deferred', 'Deferred', [AGAIN], false],
])('a target %s (%s, %j) keeps a slot: %s', (...row) => {
  const [, phase, patches, keeps] = row;
  const restarts = planned.restarts.map((restart, n) => ({ ...restart, ...patches[n] }));
  expect(keepsSlot({ ...planned, phase, restarts })).toBe(keeps);
});
