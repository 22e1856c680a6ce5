import { NEW, rolloutOf, START, type Rules } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import { counts } from './counts';
import { evolve } from './evolve';
import type { Rollout, RolloutEvent, Why } from './model';
import { mapTargets } from './state';
import { step } from './step';
import { MAX_ATTEMPT } from './timing';
import { allowedVerbs, resumeRefusal, skipRefusal } from './verbs';

const rules: Rules = {
  waves: [
    {
      name: 'only',
      clusters: ['c01', 'c02', 'c03'],
      after: [],
      concurrency: { count: 2 },
      failures: { count: 0, percent: 0 },
      exposure: 'unbounded',
      soakMs: 0,
    },
  ],
  workloads: ['web'],
  onFailure: 'halt',
  maxFailures: null,
  start: 'auto',
  maxDeferred: { percent: 10 },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 600_000, lostAfterMs: 600_000 },
  graceMs: 300_000,
  deferTtlMs: 3_600_000,
};
const by = { at: START, actor: 'ann', why: '' };
const fleet = new FleetFacts(['c01', 'c02', 'c03'], ['web']).now();
const after = (rollout: Rollout, ...events: readonly RolloutEvent[]): Rollout =>
  events.reduce((state, event) => step(state, event, fleet).rollout, rollout);

const started = after(rolloutOf(rules), { at: START, type: 'woken' });
const news = { at: START, cluster: 'c01', attempt: 1, workload: 'Deployment/shop/web', message: '' };
const failure: RolloutEvent = {
  ...{ ...news, type: 'reported', outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop' },
  revision: started.targets.get('c01')?.restarts[0]?.revision ?? '',
  startedAt: null,
};
const halted = after(started, failure);
const told = ({ phase, reason, message }: Why & Pick<Rollout, 'phase'>) => ({ phase, reason, message });

describe('verbs', () => {
  it.each<[string, Rollout, readonly string[]]>([
    ['Draft', rolloutOf({ ...rules, start: 'manual' }), ['start', 'cancel', 'replan']],
    ['Queued', rolloutOf(rules), ['pause', 'cancel', 'skip', 'replan']],
    ['Running', started, ['pause', 'cancel', 'skip', 'replan']],
    ['Pausing', after(started, { ...by, type: 'paused' }), ['resume', 'cancel', 'skip', 'replan']],
    ['Paused', after(rolloutOf(rules), { ...by, type: 'paused' }), ['resume', 'cancel', 'skip', 'replan']],
    ['Halted', halted, ['retry', 'resume', 'skip', 'cancel', 'replan']],
    ['Cancelled', after(started, { ...by, type: 'cancelled' }), []],
  ])('%s allows what its state machine has', (phase, rollout, verbs) => {
    expect(rollout.phase).toBe(phase);
    expect(allowedVerbs(rollout)).toEqual(verbs);
  });

  it('offers no new plan where a person named the workloads: there is no change to plan for', () => {
    const asked = { workloads: [], force: false, digest: 'd' };
    const named: Rollout = { ...started, cause: { ...started.cause, source: null, asked } };
    expect(allowedVerbs(named)).toEqual(['pause', 'cancel', 'skip']);
  });

  it('offers a retry only where something failed', () => {
    const held = { ...started, phase: 'Halted' } as const;
    expect(allowedVerbs(held)).toEqual(['resume', 'skip', 'cancel', 'replan']);
    expect(evolve(held, { ...by, type: 'retried' })).toBe(held);
  });

  it('changes nothing for what is told of a cluster that it does not have', () => {
    const elsewhere: RolloutEvent = { type: 'acked', at: START, cluster: 'constructor', attempt: 1 };
    expect(after(started, elsewhere)).toBe(started);
  });

  it('changes nothing for a verb that the phase does not allow', () => {
    expect(after(started, { ...by, type: 'retried' })).toBe(started);
    expect(after(started, { ...by, type: 'resumed', acceptFailures: true })).toBe(started);
    expect(after(halted, { ...by, type: 'paused' })).toBe(halted);
    expect(after(started, { ...by, type: 'started' })).toBe(started);
  });

  it('goes on from a pause that has not come to rest yet', () => {
    const resuming = after(started, { ...by, type: 'paused' }, { ...by, type: 'resumed', acceptFailures: false });
    expect(resuming).toMatchObject({ phase: 'Running', reason: 'Resumed', message: 'resumed by ann' });
  });

  it('stops once: whoever cancels or supersedes first has the word, and by what it was superseded first is kept', () => {
    const cancel: RolloutEvent = { ...by, type: 'cancelled' };
    const supersede = (id: string, anew?: boolean): RolloutEvent => ({
      ...{ at: START, type: 'superseded', by: id },
      ...(anew !== undefined && { anew }),
    });
    const begun = after(started, { ...news, type: 'progressed', phase: 'Patching' } as RolloutEvent);
    const cancelling = after(begun, cancel);
    expect(cancelling).toMatchObject({ phase: 'Cancelling', message: 'cancelled by ann', supersededBy: null });
    expect(after(cancelling, { ...cancel, actor: 'bob' })).toBe(cancelling);
    expect(after(cancelling, supersede('r2'))).toMatchObject({ ...told(cancelling), supersededBy: 'r2' });

    const superseding = after(begun, supersede('r2'));
    expect(superseding).toMatchObject({ phase: 'Superseding', supersededBy: 'r2' });
    expect(superseding.message).toBe('superseded by r2, which carries a newer revision');
    expect(after(superseding, cancel)).toBe(superseding);
    expect(after(superseding, supersede('r3', true))).toBe(superseding);
    expect(after(begun, supersede('r3', true)).message).toBe('superseded by r3, which was planned anew');
  });

  it('refuses to resume a halted rollout unless its failures are accepted in so many words', () => {
    expect(resumeRefusal(halted, false)).toEqual({
      reason: 'FailuresNotAccepted',
      message: `halted: ${halted.message}. Use retry, skip, or resume with acceptFailures`,
    });
    expect(resumeRefusal(halted, true)).toBeNull();
    const soaked: Rollout = { ...started, phase: 'Halted', reason: 'Regression', message: 'no pod' };
    expect(resumeRefusal(soaked, false)?.message).toBe(
      'halted: no pod. Use resume with acceptFailures, skip, or cancel',
    );
    expect(resumeRefusal(started, false)).toBeNull();
  });

  it.each([
    ['nothing named', { wave: null, cluster: null }, 'BadSkip', 'name either a wave or a cluster'],
    ['both named', { wave: 'only', cluster: 'c01' }, 'BadSkip', 'name either a wave or a cluster'],
    ['no such wave', { wave: 'none', cluster: null }, 'UnknownWave', 'the rollout has no wave none'],
    [
      'no such cluster',
      { wave: null, cluster: 'constructor' },
      'UnknownCluster',
      'the rollout has no target in cluster constructor',
    ],
  ])('says why a skip can not be: %s', (_, what, reason, message) => {
    expect(skipRefusal(started, what)).toEqual({ reason, message });
  });

  it('skips any wave of several by its name', () => {
    const two = rolloutOf({
      ...rules,
      waves: [...rules.waves, { ...rules.waves[0]!, name: 'last', clusters: ['c04'] }],
    });
    expect(['only', 'last'].map((wave) => skipRefusal(two, { wave, cluster: null }))).toEqual([null, null]);
  });

  it('skips a failed cluster, and then has nothing more to skip there', () => {
    const what = { wave: null, cluster: 'c01' };
    expect(skipRefusal(halted, what)).toBeNull();
    const skipped = after(halted, { ...by, type: 'skipped', ...what });
    expect(skipRefusal(skipped, what)).toEqual({
      ...{ reason: 'NothingToSkip', message: 'everything named has succeeded or been skipped already' },
    });
  });

  it('keeps when a cluster was skipped, though nothing could begin until later', () => {
    const facts = new FleetFacts(['c01', 'c02', 'c03'], ['web']);
    const hold = { id: 'h', owner: 'ann', reason: 'audit', expiresAt: START + 1 };
    for (const name of facts.names()) facts.hold(name, hold);
    const skip: RolloutEvent = { ...by, type: 'skipped', wave: null, cluster: 'c01' };
    const held = step(rolloutOf(rules), skip, facts.now()).rollout;
    const begun = step(held, { at: START + 1, type: 'woken' }, facts.now()).rollout;
    expect([held.phase, begun.phase]).toEqual(['Queued', 'Running']);
    expect(begun.targets.get('c01')).toMatchObject({ phase: 'Skipped', finishedAt: START });
  });

  it('counts what is in flight as pending', () => {
    expect(counts(started)).toEqual({ targets: 3, succeeded: 0, failed: 0, skipped: 0, deferred: 0, pending: 3 });
    expect(counts(halted)).toMatchObject({ failed: 1, pending: 2 });
  });

  it('runs a Draft once a person starts it', () => {
    const draft = rolloutOf({ ...rules, start: 'manual' });
    expect(after(draft, { ...by, type: 'started' }).phase).toBe('Running');
  });

  it('has the agent look again at what failed: that its template was written does not mean that it runs', () => {
    const facts = new FleetFacts(['c01', 'c02', 'c03'], ['web']);
    facts.setWorkload('c01', 'web', { have: NEW });
    const { rollout, effects } = step(halted, { ...by, type: 'retried' }, facts.now());
    expect(rollout.targets.get('c01')).toMatchObject({ phase: 'Dispatched', attempt: 2 });
    expect(effects).toContainEqual(expect.objectContaining({ type: 'dispatch', cluster: 'c01', attempt: 2 }));
  });

  it('tells who has what failed tried again, and leaves it when it has been tried as often as there are numbers', () => {
    const retried = evolve(halted, { ...by, type: 'retried', why: 'fixed' });
    expect(retried.targets.get('c01')).toMatchObject({
      ...{ phase: 'Pending', reason: 'Retry', message: 'retried by ann: fixed', attempt: 2 },
    });
    const often = (attempt: number) =>
      mapTargets(halted, (target) => (target.cluster === 'c01' ? { ...target, attempt } : target));
    const attempts = [MAX_ATTEMPT - 1, MAX_ATTEMPT].map(
      (attempt) => evolve(often(attempt), { ...by, type: 'retried' }).targets.get('c01')?.attempt,
    );
    expect(attempts).toEqual([MAX_ATTEMPT, MAX_ATTEMPT]);
    expect(evolve(often(MAX_ATTEMPT), { ...by, type: 'retried' }).targets.get('c01')?.phase).toBe('Failed');
  });

  it('does the same for a workload that failed while others of its cluster were still in flight', () => {
    const facts = new FleetFacts(['c01', 'c02', 'c03'], ['web', 'api']);
    const running = step(rolloutOf({ ...rules, workloads: ['web', 'api'] }), { at: START, type: 'woken' }, facts.now());
    const at = (state: Rollout, event: RolloutEvent): Rollout => step(state, event, facts.now()).rollout;
    const failed = at(running.rollout, failure);
    facts.setWorkload('c01', 'web', { have: NEW });
    const retried = at(failed, { ...by, type: 'retried' });
    const answered = at(retried, { ...failure, workload: 'Deployment/shop/api', outcome: 'APPLIED', reason: '' });
    expect(answered.targets.get('c01')).toMatchObject({ phase: 'Dispatched', attempt: 2 });
  });
});
