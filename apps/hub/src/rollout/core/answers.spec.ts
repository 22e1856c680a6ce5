import type { Outcome } from '@app/contracts/wire/agent-messages';
import { NEW, rolloutOf, START, type Rules } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import type { Rollout, RolloutEvent } from './model';
import { step } from './step';
import { started as startedBy } from './verbs';
import { waitingFor } from './waiting';
import { Targets } from './targets';

const rules: Rules = {
  waves: [
    {
      ...{ name: 'only', clusters: ['c01'], after: [], concurrency: { count: 1 }, soakMs: 0 },
      ...{ failures: { count: 0, percent: 0 }, exposure: 'unbounded' },
    },
  ],
  ...{ workloads: ['web'], onFailure: 'halt', maxFailures: null, start: 'auto', maxDeferred: { percent: 10 } },
  target: { ackDeadlineMs: 60_000, progressDeadlineMs: 600_000, lostAfterMs: 600_000 },
  ...{ graceMs: 300_000, deferTtlMs: 3_600_000 },
};
const facts = new FleetFacts(['c01'], ['web']);
const after = (rollout: Rollout, event: RolloutEvent): Rollout => step(rollout, event, facts.now()).rollout;
const restartOf = (rollout: Rollout) => rollout.targets.get('c01')?.restarts[0];
const answered = (rollout: Rollout, outcome: Outcome): Rollout =>
  after(rollout, {
    ...{ at: START, type: 'reported', cluster: 'c01', workload: 'Deployment/shop/web', outcome },
    ...{ attempt: rollout.targets.get('c01')?.attempt ?? 0, reason: '', message: 'told', startedAt: null },
    revision: restartOf(rollout)?.revision ?? '',
  });
const started = after(rolloutOf(rules), { at: START, type: 'woken' });

describe('what an agent answers without a reason of its own', () => {
  it.each<[Outcome, string, string]>([
    ['APPLIED', 'Succeeded', ''],
    ['ALREADY_APPLIED', 'Succeeded', ''],
    ['SKIPPED', 'Skipped', 'NotApplicable'],
    ['NOT_FOUND', 'Skipped', 'Gone'],
    ['ROLLOUT_FAILED', 'Failed', 'RolloutFailed'],
    ['TIMEOUT', 'Failed', 'ProgressDeadline'],
    ['PATCH_REJECTED', 'Failed', 'PatchRejected'],
    ['LOCALLY_DENIED', 'Failed', 'LocallyDenied'],
  ])('%s is %s (%s)', (outcome, phase, reason) => {
    expect(restartOf(answered(started, outcome))).toMatchObject({ phase, reason });
  });

  it.each<[Outcome, string]>([
    ['STALE_REVISION', 'StaleRevision'],
    ['SUPERSEDED_UID', 'Recreated'],
    ['EXPIRED', 'PermitExpired'],
    ['FENCED', 'Fenced'],
    ['REVOKED', 'Revoked'],
  ])('%s is no failure: it is looked at again (%s)', (outcome, reason) => {
    expect(restartOf(answered(started, outcome))).toMatchObject({ phase: 'Pending', reason });
  });

  it('is asked for until it has been refused too many times', () => {
    let rollout = started;
    for (let time = START; restartOf(rollout)?.phase !== 'Failed' && time < START + 1e9; time += 600_000) {
      rollout = answered(after(rollout, { at: time, type: 'woken' }), 'FENCED');
    }
    expect(restartOf(rollout)).toMatchObject({ phase: 'Failed', reason: 'TooManyAttempts' });
  });
});

it('a person who starts a Draft is its reason', () => {
  const draft = rolloutOf({ ...rules, start: 'manual' });
  const event = { at: START, type: 'started', actor: 'ann', why: '' } as const;
  expect(startedBy(draft, event)).toMatchObject({ phase: 'Queued', reason: 'Started', message: 'started by ann' });
});

it('a rollout that nothing holds is about to go on', () => {
  const idle = { ...started, waves: [], targets: Targets.of([]) };
  expect(waitingFor(idle, START)).toMatchObject([{ reason: 'Wake', until: null }]);
});

describe('a target with two workloads', () => {
  const both = new FleetFacts(['c01'], ['web', 'api']);
  const then = (rollout: Rollout, event: RolloutEvent): Rollout => step(rollout, event, both.now()).rollout;
  const begun = (rollout: Rollout, name: string, at = START): Rollout =>
    then(rollout, {
      ...{ type: 'progressed', at, cluster: 'c01', attempt: 1, workload: `Deployment/shop/${name}` },
      ...{ phase: 'Patching', message: '' },
    });
  const sent = then(rolloutOf({ ...rules, workloads: ['web', 'api'] }), { at: START, type: 'woken' });

  it('is known to be taken up once all of it has begun, or was acknowledged', () => {
    const one = begun(sent, 'web');
    const acked = then(one, { type: 'acked', at: START, cluster: 'c01', attempt: 1 });
    expect([one, begun(one, 'api'), acked].map((state) => state.targets.get('c01')?.phase)).toEqual([
      'Dispatched',
      'Restarting',
      'Restarting',
    ]);
  });

  it.each([
    [null, START + 1],
    [START + 7, START + 7],
  ])('that says it began at %s began at %s', (said, startedAt) => {
    const web = begun(sent, 'web', START + 1);
    const end = then(web, {
      ...{ at: START + 9, type: 'reported', cluster: 'c01', workload: 'Deployment/shop/web', outcome: 'APPLIED' },
      ...{ attempt: 1, reason: '', message: '', startedAt: said, revision: restartOf(sent)?.revision ?? '' },
    });
    expect(restartOf(end)).toMatchObject({ phase: 'Succeeded', startedAt, finishedAt: START + 9 });
  });
});

it.each([
  ['never acknowledged its permit', false, 'and never acknowledged the permit'],
  ['acknowledged its permit', true, 'after it took the permit'],
])('an agent that is on line, %s and sends no result, is told so', (_what, takes, text) => {
  const acked: RolloutEvent = { type: 'acked', at: START, cluster: 'c01', attempt: 1 };
  const taken = takes ? after(started, acked) : started;
  const late = after(taken, { at: START + 86_400_000, type: 'woken' });
  expect(late.targets.get('c01')).toMatchObject({
    ...{ phase: 'Failed', reason: 'ProgressDeadline' },
    message: expect.stringContaining(`the agent is on line, sent no result ${text}`) as string,
  });
});

it('who began already goes on before another starts', () => {
  const two = new FleetFacts(['c01', 'c02'], ['web']);
  const wave = { ...rules.waves[0]!, clusters: ['c01', 'c02'] };
  const then = (rollout: Rollout, event: RolloutEvent): Rollout => step(rollout, event, two.now()).rollout;
  two.hold('c01', { id: 'h', owner: 'ann', reason: 'incident', expiresAt: null });
  const second = then(rolloutOf({ ...rules, waves: [wave] }), { at: START, type: 'woken' });
  const refused = then(second, {
    ...{ at: START, type: 'reported', cluster: 'c02', workload: 'Deployment/shop/web', outcome: 'EXPIRED' },
    ...{ attempt: 1, reason: '', message: '', startedAt: null, revision: '' },
  });
  two.unhold('c01', 'h');
  const later = then(refused, { at: START + 3_600_000, type: 'woken' });
  expect(later.targets.all().map(({ phase, attempt }) => [phase, attempt])).toEqual([
    ['Pending', 0],
    ['Dispatched', 2],
  ]);
});

it('waves in which there is nothing to restart are all passed over in one look', () => {
  const clusters = Array.from({ length: 12 }, (_, n) => `c${n}`);
  const waves = clusters.map((name, n) => ({
    ...{ ...rules.waves[0]!, name: `w${n}`, clusters: [name] },
    after: n === 0 ? [] : [`w${n - 1}`],
  }));
  const current = new FleetFacts(clusters, ['web']);
  for (const name of clusters) current.setWorkload(name, 'web', { have: NEW });
  expect(step(rolloutOf({ ...rules, waves }), { at: START, type: 'woken' }, current.now()).rollout.phase).toBe(
    'Succeeded',
  );
});
