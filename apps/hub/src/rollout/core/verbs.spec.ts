import { NEW, rolloutOf, START, type Rules } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import { counts } from './counts';
import { evolve } from './evolve';
import type { Rollout, RolloutEvent } from './model';
import { step } from './step';
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
const failure: RolloutEvent = {
  at: START,
  type: 'reported',
  cluster: 'c01',
  attempt: 1,
  workload: 'Deployment/shop/web',
  outcome: 'ROLLOUT_FAILED',
  reason: 'CrashLoop',
  message: '',
  revision: started.targets.get('c01')?.restarts[0]?.revision ?? '',
  startedAt: null,
};
const halted = after(started, failure);

describe('verbs', () => {
  it.each<[string, Rollout, readonly string[]]>([
    ['Draft', rolloutOf({ ...rules, start: 'manual' }), ['start', 'cancel', 'replan']],
    ['Queued', rolloutOf(rules), ['pause', 'cancel', 'skip', 'replan']],
    ['Running', started, ['pause', 'cancel', 'skip', 'replan']],
    ['Pausing', after(started, { ...by, type: 'paused' }), ['resume', 'cancel', 'skip', 'replan']],
    ['Halted', halted, ['retry', 'resume', 'skip', 'cancel', 'replan']],
    ['Cancelled', after(started, { ...by, type: 'cancelled' }), []],
  ])('%s allows what its state machine has', (phase, rollout, verbs) => {
    expect(rollout.phase).toBe(phase);
    expect(allowedVerbs(rollout)).toEqual(verbs);
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
  });

  it('refuses to resume a halted rollout unless its failures are accepted in so many words', () => {
    expect(resumeRefusal(halted, false)).toMatchObject({ reason: 'FailuresNotAccepted' });
    expect(resumeRefusal(halted, true)).toBeNull();
    expect(resumeRefusal(started, false)).toBeNull();
  });

  it.each([
    ['nothing named', { wave: null, cluster: null }, 'BadSkip'],
    ['both named', { wave: 'only', cluster: 'c01' }, 'BadSkip'],
    ['no such wave', { wave: 'none', cluster: null }, 'UnknownWave'],
    ['no such cluster', { wave: null, cluster: 'constructor' }, 'UnknownCluster'],
  ])('says why a skip can not be: %s', (_, what, reason) => {
    expect(skipRefusal(started, what)).toMatchObject({ reason });
  });

  it('skips a failed cluster, and then has nothing more to skip there', () => {
    const what = { wave: null, cluster: 'c01' };
    expect(skipRefusal(halted, what)).toBeNull();
    const skipped = after(halted, { ...by, type: 'skipped', ...what });
    expect(skipRefusal(skipped, what)).toMatchObject({ reason: 'NothingToSkip' });
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
