import { URGENCIES, type Urgency } from '@app/contracts/policy/urgency';
import { FleetFacts } from '@test/rollout/fleet';
import { keyNamed, NEW, rolloutOf, type Rules, START } from '@test/rollout/fixtures';
import { knownRates, limitsFor } from '../../limits/core/limits-here';
import type { FleetNow } from './fleet-now';
import type { Rollout, RolloutEvent, Target } from './model';
import { startsOf } from './starts';
import { mapTargets } from './state';
import { noteAll } from './step-all';
import { step } from './step';

const CLUSTERS = ['c1', 'c2'];
const RULES: Rules = {
  waves: [
    {
      ...{ name: 'only', clusters: CLUSTERS, after: [], concurrency: { percent: 100 }, soakMs: 0 },
      ...{ failures: { count: 0, percent: 0 }, exposure: 'unbounded' },
    },
  ],
  ...{ workloads: ['web', 'api'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { count: 0 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 120_000, lostAfterMs: 300_000 },
  ...{ graceMs: 60_000, deferTtlMs: 600_000 },
};
const fleet: FleetNow = new FleetFacts(CLUSTERS, RULES.workloads).now();
const before = rolloutOf(RULES);
const dispatched = step(before, { type: 'woken', at: START }, fleet).rollout;
const all = (rollout: Rollout): readonly Target[] => rollout.targets.all();
const starts = (was: Rollout | null, after: Rollout) => startsOf({ before: was, after, changed: all(after) }, fleet);

describe('what a step begins and what is over with it', () => {
  it('every restart that is permitted now is asked for, one of each cluster in turn', () => {
    const { asks, frees, subject } = starts(before, dispatched);
    expect(asks.map(({ cluster, workload }) => [cluster, workload.split('/')[2]])).toEqual([
      ['c1', 'web'],
      ['c2', 'web'],
      ['c1', 'api'],
      ['c2', 'api'],
    ]);
    expect(asks[0]).toMatchObject({ namespace: 'shop', revision: NEW });
    expect([frees, subject]).toEqual([[], expect.stringMatching(/^test\|/)]);
    expect(starts(null, dispatched).asks).toHaveLength(4);
  });

  it('goes before others where what it brings revokes something, and in its turn otherwise', () => {
    const under = (urgency: Urgency) =>
      starts(before, { ...dispatched, spec: { ...dispatched.spec, urgency } }).urgent ?? false;
    expect(URGENCIES.map(under)).toEqual([false, false, true]);
  });

  it('each takes the pods with it that its workload wants, one where that is none or not known', () => {
    const known = new FleetFacts(CLUSTERS, RULES.workloads);
    known.setWorkload('c1', 'web', { pods: 12 });
    known.setWorkload('c2', 'web', { pods: 0 });
    const passage = { before, after: dispatched, changed: all(dispatched) };
    expect(startsOf(passage, known.now()).asks.map(({ pods }) => pods)).toEqual([12, 1, 1, 1]);
    expect(startsOf(passage, { clusters: {} }).asks.map(({ pods }) => pods)).toEqual([1, 1, 1, 1]);
  });

  it('what was permitted before is neither asked for again nor over', () => {
    expect(starts(dispatched, dispatched)).toMatchObject({ asks: [], frees: [] });
  });

  it('what is permitted no more is over', () => {
    const over = mapTargets(dispatched, (target) => ({
      ...target,
      restarts: target.restarts.map((restart, at) => (at === 0 ? { ...restart, phase: 'Succeeded' } : restart)),
    }));
    expect(starts(dispatched, over)).toMatchObject({
      asks: [],
      frees: CLUSTERS.map((cluster) => ({ cluster, workload: keyNamed('web') })),
    });
  });

  it('what is over is not asked for, though its permit was for a revision', () => {
    const [web] = before.targets.get('c1')?.restarts ?? [];
    const merged = mapTargets(before, (target) => ({
      ...target,
      restarts: target.restarts.map((restart) =>
        restart === web ? { ...web, phase: 'Succeeded', revision: NEW } : restart,
      ),
    }));
    expect(starts(before, merged)).toMatchObject({ asks: [], frees: [] });
  });

  it('the pause between restarts of a workload holds for the first attempt only', () => {
    const paused = new FleetFacts(CLUSTERS, RULES.workloads);
    for (const name of CLUSTERS)
      paused.update(name, { limits: { ...limitsFor([], knownRates([])), minIntervalMs: 7 } });
    const pauses = (attempt: number) => {
      const after = mapTargets(dispatched, (target) => ({ ...target, attempt }));
      const { asks } = startsOf({ before, after, changed: all(after) }, paused.now());
      return asks.map(({ limits }) => limits.minIntervalMs);
    };
    expect([pauses(1), pauses(2)]).toEqual([
      [7, 7, 7, 7],
      [0, 0, 0, 0],
    ]);
  });

  it('equal limits stay one object, so that they are written once', () => {
    const again = mapTargets(dispatched, (target) => ({ ...target, attempt: 2 }));
    expect(new Set(starts(before, again).asks.map(({ limits }) => limits)).size).toBe(
      new Set(starts(before, dispatched).asks.map(({ limits }) => limits)).size,
    );
  });
});

describe('what happens while the clock can not be trusted', () => {
  const acked = (cluster: string, at: number): RolloutEvent => ({ type: 'acked', at, cluster, attempt: 1 });

  it('is taken in, as of the last of it, and looked at again soon', () => {
    const noted = noteAll(dispatched, [acked('c1', START + 9), acked('c2', START + 3)]);
    expect(all(noted.rollout).map(({ phase }) => phase)).toEqual(['Acked', 'Acked']);
    expect(noted.wakeAt).toBe(START + 9 + 5000);
    expect(noted.changed.map(({ cluster }) => cluster)).toEqual(CLUSTERS);
  });

  it('is not looked at again when the rollout is over', () => {
    const over = { ...dispatched, phase: 'Succeeded' } as const;
    expect(noteAll(over, [acked('c1', START)]).wakeAt).toBeNull();
  });
});
