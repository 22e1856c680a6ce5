import { FleetFacts } from '@test/rollout/fleet';
import { MINUTE, OLD, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Rollout, Target } from './model';
import { mapTargets } from './state';
import { step } from './step';
import { judgeWaves } from './wave';

const CLUSTERS = ['c01', 'c02', 'c03'];
const facts = new FleetFacts(CLUSTERS, ['web']);
const begun = step(
  rolloutOf(rulesOf('new maxDeferred=100%\nwave one c01..c02 soak=10m\nwave two c03 after=one')),
  { type: 'woken', at: START },
  facts.now(),
).rollout;

/** The first wave, of which all targets are so, as it is judged a while later. */
function judged(patch: Partial<Target>, rollout: Rollout = begun) {
  const ended = mapTargets(rollout, (target) => (target.wave === 'one' ? { ...target, ...patch } : target));
  return judgeWaves(ended, START + 30 * MINUTE).waves[0];
}

it('a wave whose soak is over when it is looked at first says until when it was', () => {
  const finishedAt = START + MINUTE;
  expect(judged({ phase: 'Succeeded', finishedAt })).toMatchObject({
    ...{ phase: 'Succeeded', soakUntil: START + 11 * MINUTE, finishedAt: START + 30 * MINUTE },
  });
});

it('a wave in which nothing was restarted does not soak', () => {
  expect(judged({ phase: 'Deferred', reason: 'Offline' })).toMatchObject({ phase: 'Degraded', soakUntil: null });
});

it('a gate that nobody is asked about was never open', () => {
  const idle = new FleetFacts(CLUSTERS, ['web']);
  for (const name of CLUSTERS) idle.setWorkload(name, 'web', { want: OLD });
  const gated = rolloutOf(rulesOf('new\nwave one c01..c03\nbefore approval'));
  const { rollout } = step(gated, { type: 'woken', at: START }, idle.now());
  expect(rollout.waves[0]).toMatchObject({ phase: 'Skipped', gates: [{ state: 'Void', openedAt: null }] });
});
