import type { WorkloadFact } from '@app/contracts/wire/facts';
import { newGate, opened } from '../../rollout/core/gate';
import type { Rollout, Target } from '../../rollout/core/model';
import type { Evidence } from './evidence';
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
const POLICY = { name: 'p', version: 2, start: 'auto', takes: true };
const of = (patch: Partial<Evidence> = {}) =>
  explain({
    ...{
      cluster: 'a',
      workloadRef: WEB,
      sourceRef: SOURCE,
      connection: { state: 'Online', reason: '', drained: false },
    },
    ...{
      workload: fact(),
      source: undefined,
      policy: POLICY,
      recovering: null,
      quarantinedUntil: null,
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
    ['nothing to bring', { workload: fact({ state: 'Current', have: NEW }) }, 'RevisionMoved', /Nothing/],
    ['no policy', { policy: undefined }, 'PolicyMatched', /Write a policy/],
    ['a policy that is off', { policy: { ...POLICY, start: 'off' } }, 'PolicyMatched', /by hand/],
    ['a policy for others', { policy: { ...POLICY, takes: false } }, 'PolicyMatched', /match\.workloads/],
    ['a hub that lost its store', { recovering: 2 }, 'HubKnows', /Bring their agents back/],
    ['a source in quarantine', { rollouts: [], quarantinedUntil: 0 }, 'SourceCalm', /keeps changing it/],
    ['no rollout', { rollouts: [] }, 'RolloutActive', /coalesce/],
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
    });
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
