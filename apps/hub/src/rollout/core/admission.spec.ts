import { FleetFacts } from '@test/rollout/fleet';
import { HOUR, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { windowOf } from '@test/rollout/windows';
import type { Instant } from './model';
import { step } from './step';

/** Until when what is permitted now has to begin, in a cluster with this window; `dispatchedAt` tells that it was. */
function startBy(options: Readonly<Record<string, string>>, at: Instant) {
  const facts = new FleetFacts(['c01'], ['web']);
  facts.window('c01', windowOf('w', options));
  const target = step(rolloutOf(rulesOf('new\nwave only c01')), { type: 'woken', at }, facts.now()).rollout.targets.get(
    'c01',
  );
  return [target?.dispatchedAt, target?.startBy];
}

it('permits are void from when a window that stops what has not begun ends, else for good', () => {
  const night = { start: '00:00', end: '05:00' };
  expect(startBy({ ...night, overrun: 'stopAtEnd' }, START)).toEqual([START, START + 5 * HOUR]);
  expect(startBy({ ...night, overrun: 'finishInFlight' }, START)).toEqual([START, null]);
});

it('what goes on in a window that has closed has no such end', () => {
  const facts = new FleetFacts(['c01'], ['web', 'api']);
  facts.window('c01', windowOf('w', { start: '00:00', end: '01:00' }));
  const begun = step(
    rolloutOf(rulesOf('new workloads=web,api>web\nwave only c01')),
    { type: 'woken', at: START },
    facts.now(),
  ).rollout;
  const [web] = begun.targets.get('c01')?.restarts ?? [];
  const at = START + 2 * HOUR;
  const said = { at, cluster: 'c01', attempt: 1, workload: 'Deployment/shop/web', reason: '', message: '' } as const;
  const { rollout } = step(
    begun,
    { ...said, type: 'reported', outcome: 'APPLIED', revision: web?.revision ?? '', startedAt: at },
    facts.now(),
  );
  expect(rollout.targets.get('c01')).toMatchObject({ phase: 'Dispatched', dispatchedAt: at, startBy: null });
});
