import type { WorkloadFact } from '@app/contracts/wire/facts';
import { newGate, opened } from '../../rollout/core/gate';
import type { Rollout, Target } from '../../rollout/core/model';
import { because, type Evidence } from './evidence';
import { explain } from './explain';
import { Targets } from '../../rollout/core/targets';

const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' } as const;
const WEB = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const [OLD, NEW] = ['k000001:aaaaaaaaaaaaaaaaaaaaaa', 'k000001:bbbbbbbbbbbbbbbbbbbbbb'];

const fact = (patch: Partial<WorkloadFact> = {}): WorkloadFact => ({
  ...{ ...WEB, uid: 'u', labels: {}, state: 'Pending', reason: '', message: '', want: NEW, have: OLD, proof: 'exact' },
  sources: [{ kind: 'Secret', name: 'db', revision: NEW, haveRevision: OLD }],
  pods: { desired: 1, updated: 1, ready: 1 },
  ...patch,
});
const target = (patch: Partial<Target> = {}): Target => ({
  ...{
    cluster: 'a',
    wave: 'one',
    phase: 'Restarting',
    reason: '',
    message: '',
    until: null,
    attempt: 1,
    expected: NEW,
  },
  ...{ dispatchedAt: 1, lostAt: null, finishedAt: null },
  restarts: [
    {
      ...{ workload: WEB, uid: 'u', after: [], phase: 'RollingOut', reason: '', message: 'rolling out', revision: NEW },
      ...{ startedAt: 1, finishedAt: null },
    },
  ],
  ...patch,
});
const rollout = (patch: Partial<Rollout> = {}, at: Partial<Target> = {}): Rollout => ({
  ...{
    id: 'r-1',
    policy: { name: 'p', version: 2 },
    spec: {} as Rollout['spec'],
    phase: 'Running',
    reason: '',
    message: '',
  },
  cause: { source: SOURCE, trigger: 'change', actor: null, reason: null, revisions: [] },
  ...{
    planHash: 'h',
    lineage: 1,
    supersededBy: null,
    waves: [],
    targets: Targets.of([target(at)]),
    acceptedFailures: [],
  },
  ...{ createdAt: 0, startedAt: 0, finishedAt: null },
  ...patch,
});
const NO_END = { expiresAfterMs: null, onExpire: 'hold', notRequester: false } as const;
const GATHERED = { closesAt: Date.parse('2027-01-01T00:00:00Z'), awaitsAgents: false } as const;
const DONE: Partial<Target> = {
  phase: 'Succeeded',
  restarts: target().restarts.map((one) => ({ ...one, phase: 'Succeeded' })),
};
const POLICY = { name: 'p', version: 2, start: 'auto', takes: true, urgency: 'rotation' } as const;
const UNTAKEN = { ...POLICY, untaken: true } as const;
const of = (patch: Partial<Evidence> = {}) =>
  explain({
    ...{ cluster: 'a', workloadRef: WEB, sourceRef: SOURCE },
    connection: { state: 'Online', reason: '', drained: false },
    ...{
      workload: fact(),
      source: undefined,
      policy: POLICY,
      recovering: null,
      quarantinedUntil: null,
      gathered: null,
      rollouts: [rollout()],
    },
    ...patch,
  });
const stopped = (patch: Partial<Evidence>) => {
  const { checks, next } = of(patch);
  return { at: checks.filter(({ ok }) => !ok).map(({ check }) => check), detail: checks.at(-1)?.detail ?? '', next };
};

describe('explain', () => {
  it.each([
    [true, 'policy p version 2 carries the change; the source asks for "careful", which may narrow its waves'],
    [false, 'policy p version 2 carries the change; the source asks for "careful", which it does not allow'],
  ])('says what the source asks for, where that is allowed: %s', (allowed, detail) => {
    const { checks } = of({ policy: { ...POLICY, override: { text: 'careful', allowed } } });
    expect(checks.find(({ check }) => check === 'PolicyMatched')).toMatchObject({ ok: true, detail });
  });

  it('goes on to the rollout that has yet to end for a workload whose source is gone', () => {
    const sources = [{ kind: 'Secret', name: 'db', revision: null, haveRevision: OLD }] as const;
    const why = { phase: 'Blocked', reason: 'SourceArrival', message: 'the revision is not there yet' } as const;
    const { at, detail, next } = stopped({
      ...{ sourceRef: null, workload: fact({ state: 'Current', have: NEW, sources: [...sources] }) },
      rollouts: [rollout({}, why)],
    });
    expect(at).toEqual(['RevisionMoved', 'TargetReleased']);
    expect(detail).toContain('SourceArrival');
    expect(next).toMatch(/^Wait: SourceArrival/);
    const { checks } = of({ sourceRef: null, workload: fact({ state: 'Current', have: NEW, sources: [...sources] }) });
    expect(checks.find(({ check }) => check === 'RevisionMoved')?.detail).toContain('Secret db does not exist');
  });

  it.each([
    ['NotOptedIn', /^Annotate the workload/],
    ['NothingReferenced', /^Use a source/],
    ['OwnedByCronJob', /its CronJob/],
    ['WorkloadRef', /what refers to it/],
  ])('says what helps a workload that is left alone: %s', (reason, next) => {
    const { at, next: told } = stopped({ workload: fact({ state: 'Ignored', reason, want: null, have: null }) });
    expect([at, told]).toEqual([['OptedIn'], expect.stringMatching(next)]);
  });

  it('names every source that is gone, and says that it may be created without a restart', () => {
    const gone = ['db', 'tls'].map((name) => ({ kind: 'Secret', name, revision: null, haveRevision: OLD }) as const);
    const { next } = stopped({ workload: fact({ sources: gone }) });
    expect(next).toBe('Create the source: its first content is not a change that restarts.');
    const { checks } = of({ sourceRef: null, workload: fact({ state: 'Current', have: NEW, sources: gone }) });
    expect(checks.find(({ check }) => check === 'RevisionMoved')?.detail).toContain('; Secret db, Secret tls does not');
  });

  it('says what broke a workload that has the revision, and the rollout that halted on it', () => {
    const workload = fact({ state: 'Failed', have: NEW, reason: 'CrashLoop', message: 'back-off restarting' });
    const halted = rollout({ phase: 'Halted', reason: 'FailureLimit', message: '1 of 1 failed' }, { phase: 'Failed' });
    const { at, next } = stopped({ sourceRef: null, workload, rollouts: [halted] });
    expect(at).toEqual(['RevisionMoved', 'RolloutActive']);
    expect(next).toBe('Repair the workload; then retry the rollout, if one halted on it.');
    const alone = stopped({ workload, rollouts: [] });
    expect(alone).toMatchObject({ at: ['RevisionMoved'], next });
    expect(alone.detail).toBe(
      `it was restarted for the present revision ${NEW}, and failed: CrashLoop: back-off restarting`,
    );
    const silent = stopped({ workload: { ...workload, reason: '', message: '' }, rollouts: [] });
    expect(silent.detail).toBe(
      `it was restarted for the present revision ${NEW}, and failed: its pods do not get ready`,
    );
  });

  it('says how urgent the policy holds it to be, where that is not as usual', () => {
    const { checks } = of({ policy: { ...POLICY, urgency: 'revocation' } });
    expect(checks.find(({ check }) => check === 'PolicyMatched')?.detail).toBe(
      'policy p version 2 (urgency revocation) carries the change',
    );
  });

  it('says which policy an annotation chooses in vain', () => {
    const { checks } = of({ policy: { ...POLICY, notFollowed: 'careful' } });
    expect(checks.find(({ check }) => check === 'PolicyMatched')).toMatchObject({
      ok: true,
      detail: expect.stringMatching(
        /^policy p version 2 carries the change, and not "careful": no enabled policy/,
      ) as string,
    });
  });

  it('names every check in the order in which a change travels', () => {
    expect(of().checks).toMatchObject(
      [
        'ClusterKnown',
        'AgentOnline',
        'WorkloadKnown',
        'OptedIn',
        'SourceUsed',
        'RevisionMoved',
        'PolicyMatched',
        'RolloutActive',
        'TargetReleased',
        'RestartPermitted',
      ].map((check) => ({ check, ok: true })),
    );
  });

  it.each<[string, Partial<Evidence>, string, RegExp]>([
    ['an unknown cluster', { connection: undefined, workload: undefined }, 'ClusterKnown', /Enrol/],
    ['an unknown workload', { workload: undefined }, 'WorkloadKnown', /namespace and name/],
    [
      'a workload that is not opted in',
      { workload: fact({ state: 'Ignored', reason: 'NotAnnotated' }) },
      'OptedIn',
      /Annotate/,
    ],
    ['a source that it does not use', { sourceRef: { ...SOURCE, name: 'other' } }, 'SourceUsed', /Reference/],
    ['nothing to bring', { workload: fact({ state: 'Current', have: NEW }), rollouts: [] }, 'RevisionMoved', /Nothing/],
    ['no policy', { policy: undefined }, 'PolicyMatched', /Write a policy/],
    ['a policy that is off', { policy: { ...POLICY, start: 'off' } }, 'PolicyMatched', /by hand/],
    ['a policy for others', { policy: { ...POLICY, takes: false } }, 'PolicyMatched', /match\.workloads/],
    ['a cluster in no wave', { rollouts: [], policy: UNTAKEN }, 'WaveTakes', /unassigned: rest/],
    ['a hub that lost its store', { recovering: 2 }, 'HubKnows', /Bring their agents back/],
    ['a hub that waits for a backup', { recovering: 0 }, 'HubKnows', /reloadctl apply/],
    ['a source in quarantine', { rollouts: [], quarantinedUntil: 0 }, 'SourceCalm', /keeps changing it/],
    ['a change that is gathered', { rollouts: [], gathered: GATHERED }, 'ChangeGathered', /follows by itself/],
    ['no rollout', { rollouts: [] }, 'RolloutActive', /start one by hand/],
    [
      'a rollout before the change',
      { rollouts: [rollout({ phase: 'Succeeded' }, DONE)] },
      'RolloutActive',
      /Wait a mom/,
    ],
    ['a draft', { rollouts: [rollout({ phase: 'Draft' })] }, 'RolloutActive', /Start/],
    [
      'a halt',
      { rollouts: [rollout({ phase: 'Halted', reason: 'Breach', message: '1 failed' })] },
      'RolloutActive',
      /retry/,
    ],
    ['a drained cluster', { connection: { state: 'Online', reason: '', drained: true } }, 'NotDrained', /Undrain/],
    [
      'a wave before',
      { rollouts: [rollout({}, { phase: 'Pending', reason: 'Wave', message: 'waits for wave canary' })] },
      'TargetReleased',
      /wave canary/,
    ],
  ])('stops at %s and says what comes next', (_what, patch, check, next) => {
    expect(stopped(patch)).toMatchObject({ at: [check], next: expect.stringMatching(next) });
  });

  it.each<[string, Partial<Evidence>, string, string]>([
    ['an agent with a session', {}, 'AgentOnline', 'its agent is connected'],
    ['a workload that is opted in', {}, 'OptedIn', 'it is annotated to be restarted'],
    ['a change', {}, 'RevisionMoved', `it runs ${OLD} and should run ${NEW}`],
    [
      'a change of what nobody has seen',
      { workload: fact({ have: null, proof: 'unknown' }) },
      'RevisionMoved',
      `it runs an unknown revision and should run ${NEW}`,
    ],
    ['what nothing opts in', { workload: fact({ state: 'Ignored' }) }, 'OptedIn', 'nothing opts it in'],
    [
      'a source of the same name elsewhere',
      { sourceRef: { ...SOURCE, namespace: 'other' } },
      'SourceUsed',
      'it does not react to Secret/other/db; it reacts to Secret db',
    ],
    [
      'two sources, and neither is it',
      {
        sourceRef: { ...SOURCE, name: 'other' },
        workload: fact({ sources: [...fact().sources, { ...fact().sources[0]!, kind: 'ConfigMap', name: 'web' }] }),
      },
      'SourceUsed',
      'it does not react to Secret/shop/other; it reacts to Secret db, ConfigMap web',
    ],
    [
      'no source at all',
      { workload: fact({ sources: [] }) },
      'SourceUsed',
      'it does not react to Secret/shop/db; it reacts to nothing',
    ],
    [
      'a source that is gone',
      { workload: fact({ sources: [{ kind: 'Secret', name: 'db', revision: null, haveRevision: OLD }] }) },
      'RevisionMoved',
      'Secret db does not exist in the cluster',
    ],
    [
      'what runs the revision, as is proven',
      { workload: fact({ state: 'Current', have: NEW }) },
      'RevisionMoved',
      `it runs the present revision ${NEW} (proof: exact)`,
    ],
    [
      'what was first seen so',
      { workload: fact({ state: 'Current', have: NEW, proof: 'unknown' }) },
      'RevisionMoved',
      `it runs the present revision ${NEW} (as first seen; what it ran before is not known)`,
    ],
    ['no policy', { policy: undefined }, 'PolicyMatched', 'no enabled policy matches the source and the cluster'],
    ['no rollout', { rollouts: [] }, 'RolloutActive', 'no rollout carries the change now'],
    [
      'a drained cluster',
      { connection: { state: 'Online', reason: '', drained: true } },
      'NotDrained',
      'the cluster is drained: nothing new starts in it',
    ],
    [
      'a target in flight',
      { rollouts: [rollout({}, { phase: 'Acked' })] },
      'TargetReleased',
      'the cluster is Acked in wave one of rollout r-1',
    ],
    ['a restart under way', {}, 'RestartPermitted', 'the restart is rolling out'],
  ])('%s: the detail', (_what, patch, check, detail) => {
    expect(of(patch).checks.find((each) => each.check === check)?.detail).toBe(detail);
  });

  it.each<[string, Partial<Evidence>, string, string]>([
    [
      'a cluster that nobody approved',
      { connection: { state: 'Pending', reason: '', drained: false } },
      'its agent is Pending',
      'Approve the cluster.',
    ],
    [
      'an agent that is away',
      { connection: { state: 'Offline', reason: '', drained: false } },
      'its agent is Offline',
      'Bring the agent back: it reports and restarts as soon as it is connected.',
    ],
    [
      'a cluster that was revoked',
      { connection: { state: 'Revoked', reason: '', drained: false } },
      'its agent is Revoked',
      'Enrol the cluster anew with a new token, after its agent has lost its old identity; or remove it.',
    ],
  ])('%s is told first, and the rest as well', (_what, patch, detail, next) => {
    const explained = of(patch);
    expect(explained.checks).toContainEqual({ check: 'AgentOnline', ok: false, detail });
    expect(explained.next).toBe(next);
  });

  it('without a source in the question asks about any that it reacts to', () => {
    const { checks, next } = of({ sourceRef: null });
    expect(checks.map(({ check }) => check)).not.toContain('SourceUsed');
    expect(checks.find(({ check }) => check === 'RolloutActive')?.ok).toBe(true);
    expect(next).toBe('The restart is under way; watch the rollout for how it ends.');
  });

  it('without a source in the question a rollout counts when the workload reacts to its source, or was named in it', () => {
    const active = (patch: Partial<Rollout>, at: Partial<Target> = {}, more: Partial<Evidence> = {}) =>
      of({ sourceRef: null, rollouts: [rollout(patch, at)], ...more }).checks.some(
        ({ check, ok }) => check === 'RolloutActive' && ok,
      );
    const by = (source: Rollout['cause']['source']) => ({ cause: { ...rollout().cause, source } });
    expect(active(by({ ...SOURCE, name: 'other' }))).toBe(false);
    expect(active(by(null))).toBe(true);
    expect(active(by(null), { restarts: [] })).toBe(false);
    expect(active(by(null), {}, { sourceRef: SOURCE })).toBe(false);
  });

  it('a wave that stands at a gate: who may decide about it', () => {
    const rule = { name: 'ok', side: 'before', type: 'approval', approvers: null, count: 1 } as const;
    const gate = opened(newGate('r-1.one.before.ok', { ...rule, ...NO_END }), 0);
    const one = { name: 'one', phase: 'GateBefore', dependsOn: [], startedAt: null, gates: [gate] };
    const waves = [one] as unknown as Rollout['waves'];
    const gated = rollout({ waves }, { phase: 'Pending', reason: 'Wave', message: 'waits for its turn in wave one' });
    expect(stopped({ rollouts: [gated] })).toMatchObject({
      at: ['GatesPassed'],
      next: 'Approve or reject gate r-1.one.before.ok.',
    });
  });

  it('a wave that is under way, or a target that is over, is asked about no gate', () => {
    const rule = { name: 'ok', side: 'before', type: 'approval', approvers: null, count: 1 } as const;
    const gates = [opened(newGate('r-1.one.before.ok', { ...rule, ...NO_END }), 0)];
    const asked = (startedAt: number | null, phase: Target['phase']) => {
      const waves = [{ name: 'one', phase: 'Active', dependsOn: [], startedAt, gates }] as unknown as Rollout['waves'];
      return of({ rollouts: [rollout({ waves }, { phase })] }).checks.some(({ check }) => check === 'GatesPassed');
    };
    expect([asked(null, 'Pending'), asked(1, 'Pending'), asked(null, 'Skipped')]).toEqual([true, false, false]);
  });

  it('a wave behind gates that time opens: all of them, also those after the waves before it', () => {
    const wait = { name: 'night', side: 'after', type: 'wait', forMs: 60_000 } as const;
    const first = { name: 'zero', dependsOn: [], gates: [opened(newGate('r-1.zero.after.night', wait), 0)] };
    const own = opened(newGate('r-1.one.before.day', { ...wait, name: 'day', side: 'before' }), 0);
    const one = { name: 'one', dependsOn: ['zero'], startedAt: null, gates: [own] };
    const waves = [{ ...first, startedAt: 0 }, one] as unknown as Rollout['waves'];
    expect(stopped({ rollouts: [rollout({ waves }, { phase: 'Pending' })] })).toEqual({
      at: ['GatesPassed'],
      detail:
        'wave one stands at a gate: Wait: gate r-1.one.before.day waits until 1970-01-01T00:01:00.000Z; ' +
        'Wait: gate r-1.zero.after.night waits until 1970-01-01T00:01:00.000Z',
      next: 'Wait: gate r-1.one.before.day waits until 1970-01-01T00:01:00.000Z.',
    });
  });

  it.each<[string, Partial<Rollout>, boolean, string]>([
    ['Running', { phase: 'Running' }, true, 'rollout r-1 is Running'],
    ['Queued for its turn', { phase: 'Queued', reason: 'Window' }, true, 'rollout r-1 is Queued'],
    [
      'Queued after a policy',
      { phase: 'Queued', reason: 'PolicyOrder' },
      false,
      'Let the rollouts that it waits for end, or end one of them.',
    ],
    [
      'Queued in a circle',
      { phase: 'Queued', reason: 'Deadlock' },
      false,
      'Let the rollouts that it waits for end, or end one of them.',
    ],
    ['Pausing', { phase: 'Pausing' }, false, 'Resume the rollout.'],
    ['Paused', { phase: 'Paused' }, false, 'Resume the rollout.'],
    ['Cancelling', { phase: 'Cancelling' }, false, 'Wait for rollout r-1 to end.'],
  ])('a rollout that is %s', (_what, patch, ok, told) => {
    const { checks, next } = of({ rollouts: [rollout(patch)] });
    const check = checks.find((each) => each.check === 'RolloutActive');
    expect(check?.ok).toBe(ok);
    expect(ok ? check?.detail : next).toBe(told);
  });

  const AGAIN = ' It waits until 1970-01-01T00:00:01.000Z.';
  it.each<[string, Partial<Target>, string, string]>([
    ['Pending', { reason: 'Wave', message: 'not yet' }, 'TargetReleased', 'Wait: Wave: not yet.'],
    [
      'Blocked',
      { reason: 'Offline', message: 'away', until: 1000 },
      'TargetReleased',
      `Wait: Offline: away.${AGAIN} Bring the agent back.`,
    ],
    ['Blocked', { reason: 'Hold', message: 'ann' }, 'TargetReleased', 'Wait: Hold: ann. Ask its owner, or release it.'],
    ['Deferred', {}, 'TargetReleased', 'Wait: Deferred.'],
    ['Failed', { reason: 'TimedOut' }, 'TargetReleased', 'See the rollout for what can be done.'],
    ['Restarting', { restarts: [] }, 'RestartPermitted', 'It joins with the next rollout of the source.'],
  ])('a target that is %s: what comes next', (phase, patch, check, next) => {
    const asked = stopped({ rollouts: [rollout({}, { ...patch, phase: phase as Target['phase'] })] });
    expect(asked).toMatchObject({ at: [check], next, detail: expect.stringMatching(/./) as string });
  });

  const withRestart = (patch: Partial<Target['restarts'][number]>): Partial<Target> => ({
    restarts: target().restarts.map((one) => ({ ...one, ...patch })),
  });
  const limited = { reason: 'RateLimit', message: 'too many', until: 1000 } as const;
  it.each<[string, Partial<Target>, string, string]>([
    [
      'a limit',
      { ...withRestart({ phase: 'Pending', revision: null, message: '' }), limited },
      'not yet: RateLimit: too many',
      `Wait: RateLimit: too many.${AGAIN} Or raise the limit.`,
    ],
    [
      'what it failed on',
      withRestart({ phase: 'Failed', reason: 'CrashLoop', message: 'pods crash' }),
      'the restart failed: CrashLoop: pods crash',
      'Repair the workload, then retry the rollout.',
    ],
  ])('a restart stops at %s', (_what, at, detail, next) => {
    expect(stopped({ rollouts: [rollout({}, at)] })).toEqual({ at: ['RestartPermitted'], detail, next });
  });

  it('does not tell of a change that is gathered where a rollout brings it already', () => {
    const source = { ...SOURCE, revision: NEW, labels: {}, changedAt: null };
    const waits = rollout({}, { phase: 'Blocked', reason: 'MinInterval', message: 'it was restarted just now' });
    const asked = { source, gathered: GATHERED, rollouts: [waits] };
    expect(stopped(asked).at).toEqual(['TargetReleased']);
    expect(stopped({ ...asked, source: { ...source, revision: OLD } }).at).toContain('ChangeGathered');
  });

  it('says of what was rejected that nothing follows by itself, also while a rollout is under way', () => {
    const told = { at: ['RolloutActive'], next: 'Start a rollout by hand: it takes the place of the one under way.' };
    expect(stopped({ rejected: true })).toMatchObject(told);
    expect(stopped({ rejected: true, rollouts: [] }).detail).toMatch(/^Rejected: .*supersede\.policy: reject/);
  });

  it('names the change for which no plan could be made, unless something came of it since', () => {
    const message = 'CYCLE: workloads would wait for each other in a';
    const why = { phase: 'Failed', reason: 'PlanInvalid', message } as const;
    const unplanned = rollout({ ...why, id: 'r-0', createdAt: 5, targets: Targets.of([]) });
    const done = (createdAt: number) => rollout({ phase: 'Succeeded', createdAt }, DONE);
    expect(stopped({ unplanned, rollouts: [done(4)] })).toEqual({
      at: ['RolloutActive'],
      detail: `no rollout carries the change now; the last one, r-0, ended Failed: PlanInvalid: ${message}`,
      next: 'Change what it names, then start a rollout of the source by hand.',
    });
    expect(stopped({ unplanned, sourceRef: null, rollouts: [] }).detail).toContain('CYCLE');
    expect(stopped({ unplanned, rollouts: [done(6)] }).detail).toContain('r-1, ended Succeeded');
    expect(stopped({ unplanned, rollouts: [done(5)] }).detail).toContain('r-0, ended Failed');
    const other = { ...unplanned, cause: { ...unplanned.cause, source: { ...SOURCE, name: 'other' } } };
    expect(stopped({ unplanned: other, rollouts: [] }).detail).toBe('no rollout carries the change now');
    expect(stopped({ unplanned: other, sourceRef: null, rollouts: [] }).at).toEqual(['RolloutActive']);
    expect(stopped({ unplanned: other, sourceRef: null, rollouts: [] }).detail).not.toContain('r-0');
  });

  it('tells of an offline agent first, but goes on with what is known', () => {
    const { checks, next } = of({ connection: { state: 'Offline', reason: 'SessionLost', drained: false } });
    expect(checks).toContainEqual({ check: 'AgentOnline', ok: false, detail: 'its agent is Offline (SessionLost)' });
    expect(checks.at(-1)?.check).toBe('RestartPermitted');
    expect(next).toMatch(/Bring the agent back/);
  });

  it('tells how the last rollout ended when none is under way', () => {
    const ended = rollout(
      { phase: 'Degraded' },
      {
        phase: 'Failed',
        restarts: target().restarts.map((one) => ({
          ...one,
          phase: 'Failed',
          reason: 'CrashLoop',
          message: 'pods crash',
        })),
      },
    );
    expect(stopped({ rollouts: [ended] })).toMatchObject({
      at: ['RolloutActive'],
      detail: expect.stringMatching(/r-1, ended Degraded.*CrashLoop: pods crash/),
      next: 'Repair what the last rollout failed on, then start one by hand.',
    });
  });

  it('of a workload that the last rollout left out has nothing to repair', () => {
    const restarts = target().restarts.map((one) => ({ ...one, phase: 'Skipped', reason: 'JoinerIgnored' }) as const);
    const ended = rollout({ phase: 'Succeeded' }, { phase: 'Skipped', restarts });
    expect(stopped({ rollouts: [ended] }).next).toBe('Start a rollout by hand, unless one follows by itself.');
  });

  it('tells until when a change is gathered, or whom it waits for, beside the rollout of the one before', () => {
    expect(stopped({ rollouts: [], gathered: GATHERED }).detail).toContain('until 2027-01-01T00:00:00.000Z');
    const awaiting = { gathered: { ...GATHERED, awaitsAgents: true } };
    expect(stopped({ ...awaiting, rollouts: [] }).detail).toMatch(/agents that lost contact .*, 30 s in all at most$/);
    expect(stopped({ gathered: { closesAt: null, awaitsAgents: true } })).toMatchObject({ at: ['ChangeGathered'] });
    expect(of(awaiting).checks.find(({ check }) => check === 'RolloutActive')?.ok).toBe(true);
  });

  it('passes over rollouts of other sources', () => {
    const other = rollout({
      id: 'r-2',
      phase: 'Paused',
      cause: { ...rollout().cause, source: { ...SOURCE, name: 'other' } },
    });
    expect(of({ rollouts: [other, rollout()] }).checks.every(({ ok }) => ok)).toBe(true);
  });
});

it.each([
  ['Code', 'it is so', 'Code: it is so'],
  ['', 'it is so', 'it is so'],
  ['Code', '', 'Code'],
  ['', '', 'else'],
])('reason "%s" and message "%s" read "%s"', (reason, message, text) => {
  expect(because(reason, message, 'else')).toBe(text);
});
