import { FleetFacts } from '@test/rollout/fleet';
import { MINUTE, NEW, OLD, policyOf, revisionOf, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import type { ClusterNow, WorkloadNow } from './fleet-now';
import { judgeRestarts, waitOf } from './guards';
import type { Instant, Restart, Rollout, Target } from './model';

const rules = rulesOf('new minReady=30s grace=5m workloads=web,api\nwave only c01..c02');
const rollout = rolloutOf(rules);
const target = rollout.targets.get('c01')!;
const AT = START + MINUTE;

/** The cluster, on line, with an agent that is new enough; its workload `web` differs by this. */
function cluster(patch: Partial<ClusterNow>, web: Partial<WorkloadNow> = {}): ClusterNow {
  const facts = new FleetFacts(['c01'], ['web', 'api']);
  facts.update('c01', { proto: 2 });
  facts.setWorkload('c01', 'web', web);
  facts.update('c01', patch);
  return facts.of('c01');
}

describe('a cluster that can not be used for now', () => {
  const since = (was: Partial<Target>) => waitOf(rollout, { ...target, ...was }, cluster({ proto: 1 }), AT)?.until;

  it.each<[string, Partial<Target>, number]>([
    ['from now', {}, AT + 5 * MINUTE],
    ['from when it was seen first', { phase: 'Blocked', reason: 'AgentTooOld', until: AT + 1 }, AT + 1],
    ['from now, whatever else it waited for', { phase: 'Blocked', reason: 'Window', until: AT + 1 }, AT + 5 * MINUTE],
  ])('has its grace %s', (_what, was, until) => {
    expect(since(was)).toBe(until);
  });
});

describe('a cluster that was away when the rollout was planned', () => {
  const away: Target = { ...target, expected: null };

  it.each<[string, Target, Partial<ClusterNow>, string | undefined]>([
    ['is back and has not told', away, { toldAt: START }, 'AwaitsReport'],
    ['is back and has told', away, { toldAt: AT }, undefined],
    ['was not away at all', target, { toldAt: START }, undefined],
  ])('and %s', (_what, of, patch, reason) => {
    expect(waitOf(rollout, of, cluster(patch), AT)?.reason).toBe(reason);
  });
});

it('after a refusal a target waits for what the agent refused, not for what is over', () => {
  const [first, second] = target.restarts as [Restart, Restart];
  const over: Restart = { ...first, phase: 'Skipped', reason: 'Gone', message: 'gone' };
  const refused: Restart = { ...second, reason: 'Fenced', message: 'too late' };
  const waiting: Target = { ...target, restarts: [over, refused], attempt: 1, refusedUntil: AT + 1 };
  expect(waitOf(rollout, waiting, cluster({}), AT)).toMatchObject({ reason: 'Fenced', message: 'too late' });
  expect(waitOf(rollout, waiting, cluster({}), AT + 1)).toBeNull();
});

describe('a workload that does not see the revision that is to come', () => {
  const OTHER = revisionOf('other');
  const spec = policyOf(rules);
  const { supersede: _supersede, ...silent } = spec;
  const revisions = [
    { cluster: 'c02', from: OTHER, to: NEW },
    { cluster: 'c01', from: OLD, to: NEW },
  ];
  const under = (more: Partial<Rollout>): Rollout => ({ ...rollout, cause: { ...rollout.cause, revisions }, ...more });

  it.each<[string, Rollout, WorkloadNow['source'], string]>([
    ['but what its cluster had before, waits', under({}), OLD, 'Blocked SourceArrival'],
    ['but what another cluster had before, is past it', under({}), OTHER, 'Blocked SourceMoved'],
    ['and none at all, waits', under({}), null, 'Blocked SourceArrival'],
    [
      'is past it, and left to the rollout that replaces this one',
      under({ spec: silent }),
      OTHER,
      'Blocked SourceMoved',
    ],
    [
      'is past it, and left out where none replaces this one',
      under({ spec: { ...spec, supersede: { policy: 'queue', maxChain: 5 } } }),
      OTHER,
      'Skipped SourceMoved',
    ],
  ])('%s', (_what, of, source, expected) => {
    const wait = waitOf(of, target, cluster({}, { source }), AT);
    expect(`${wait?.phase} ${wait?.reason}`).toBe(expected);
  });

  it('is left out when no rollout replaces this one for as long as a source may take', () => {
    const of = under({ spec: { ...spec, target: { ...spec.target, sourceDeadlineMs: 1000 } } });
    const at = (now: Instant, waiting: Target) => waitOf(of, waiting, cluster({}, { source: OTHER }), now);
    const wait = at(AT, target);
    expect(wait).toMatchObject({ phase: 'Blocked', reason: 'SourceMoved', until: AT + 1000 });
    const waiting: Target = { ...target, ...wait };
    expect(at(AT + 999, waiting)).toMatchObject({ phase: 'Blocked', until: AT + 1000 });
    expect(at(AT + 1000, waiting)).toMatchObject({ phase: 'Skipped', reason: 'SourceMoved' });
  });
});

describe('a workload whose turn it is', () => {
  const forced: Rollout = {
    ...rollout,
    cause: { ...rollout.cause, source: null, asked: { workloads: [], force: true, digest: 'd' } },
  };
  const ran = { rollout: 'r9', revision: NEW, outcome: 'Succeeded', at: AT } as const;

  it.each<[string, Rollout, Partial<WorkloadNow>, string]>([
    ['is restarted', rollout, {}, 'Pending '],
    ['is left alone once it is ignored', rollout, { ignored: true }, 'Skipped OptedOut'],
    ['is left alone where nothing is wanted of it', rollout, { want: null }, 'Skipped OptedOut'],
    ['counts with the restart that another rollout had', rollout, { have: NEW, ran }, 'Succeeded MergedInto'],
    ['is restarted by force all the same', forced, { have: NEW, ran }, 'Pending '],
  ])('%s', (_what, of, web, expected) => {
    const [restart] = judgeRestarts(of, target, cluster({}, web), AT).restarts;
    expect(`${restart?.phase} ${restart?.reason}`).toBe(expected);
  });
});
