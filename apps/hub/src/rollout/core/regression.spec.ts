import { wavePhase } from '@app/contracts/phases';
import { policyOf, rolloutOf } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Rollout, Wave } from './model';
import { acceptRegressions, seenWith, watchesSoak } from './regression';

const under = (lost: string): Rollout => rolloutOf(rulesOf(`new\nwave one c01 ${lost}\nwave two c02 after=one`));
const first = (rollout: Rollout, patch: Partial<Wave>): Rollout => ({
  ...rollout,
  waves: rollout.waves.map((wave, n) => (n === 0 ? { ...wave, ...patch } : wave)),
});

it.each(['lost=fail', 'lost=reset'])('restarted workloads matter while one of the waves soaks (%s)', (lost) => {
  const matter = wavePhase.options.filter((phase) => watchesSoak(first(under(lost), { phase })));
  expect(matter).toEqual(['Soaking']);
  expect(watchesSoak(first(under(''), { phase: 'Soaking' }))).toBe(false);
});

it.each<[string, string, number | undefined, object]>([
  ['the pods', 'lost=reset', 3, { pods: 3 }],
  ['nothing of a workload without pods, which has none to lose', 'lost=reset', 0, {}],
  ['nothing where the agent does not tell', 'lost=reset', undefined, {}],
  ['nothing where the policy does not ask', '', 3, {}],
])('of what a restart was seen through with, %s is kept', (_what, lost, pods, expected) => {
  expect(seenWith(policyOf(rulesOf(`new\nwave one c01 ${lost}\nwave two c02 after=one`)), pods)).toEqual(expected);
});

it('people let go what was seen; there is nothing to let go of where nothing was', () => {
  const regressed = { at: 1, text: 'web is not ready any more', accepted: false };
  const seen = first(under('lost=fail'), { regressed });
  expect(acceptRegressions(seen).waves[0]?.regressed).toEqual({ ...regressed, accepted: true });
  expect(acceptRegressions(acceptRegressions(seen)).waves[0]?.regressed?.accepted).toBe(true);
  const fine = under('lost=fail');
  expect(acceptRegressions(fine)).toBe(fine);
});
