import { resolveGates } from '@app/contracts/policy/gates';
import type { ResolvedGate } from '@app/contracts/policy/resolved';
import type { Rollout, Target } from '../../rollout/core/model';
import { approved, type Gate, newGate, opened, rejected } from '../../rollout/core/gate';
import { waveTimes } from './earliest';
import { enrolmentCommand } from './enrolment-command';
import { expectedVersion } from './entity-tag';
import { plannedGate } from './gate-view';
import { rolloutView, withinScope } from './rollout-view';
import { Targets } from '../../rollout/core/targets';

const target = (cluster: string): Target => ({
  ...{
    cluster,
    wave: 'one',
    phase: 'Blocked',
    reason: 'Offline',
    message: `${cluster} is away`,
    until: 60_000,
    attempt: 0,
  },
  ...{ expected: null, dispatchedAt: null, lostAt: null, finishedAt: null, restarts: [] },
});
const ROLLOUT: Rollout = {
  ...{
    id: 'r-1',
    policy: { name: 'p', version: 2 },
    spec: {} as Rollout['spec'],
    phase: 'Halted',
    reason: 'Breach',
    message: 'b failed',
  },
  cause: {
    source: { kind: 'Secret', namespace: 'shop', name: 'db' },
    ...{ trigger: 'change', actor: null, reason: null },
    revisions: ['a', 'b'].map((cluster) => ({ cluster, from: null, to: null })),
  },
  ...{
    planHash: 'h',
    lineage: 1,
    supersededBy: null,
    targets: Targets.of([target('a'), target('b')]),
    acceptedFailures: [],
  },
  waves: [
    {
      ...{
        name: 'one',
        phase: 'Active',
        reason: '',
        message: 'waits for b',
        dependsOn: [],
        maxConcurrency: 1,
        maxFailures: 0,
      },
      ...{
        failureExposure: 'bounded',
        soakMs: 0,
        soakUntil: null,
        startedAt: 0,
        finishedAt: null,
        clusters: ['b', 'a'],
      },
    },
  ],
  ...{ createdAt: 0, startedAt: 0, finishedAt: null },
};
const counts = { targets: 2, succeeded: 0, failed: 1, skipped: 0, deferred: 0, pending: 1 };
const context = {
  version: 4,
  policyOutdated: true,
  waitingFor: [{ reason: 'Halted', until: 1000, detail: 'x' }],
  counts,
  allowed: ['retry'],
};

describe('the view of a rollout', () => {
  it('has times as text, targets in the order of dispatch, and what the engine says beside', () => {
    const view = rolloutView(ROLLOUT, context);
    expect(view).toMatchObject({
      createdAt: '1970-01-01T00:00:00.000Z',
      finishedAt: null,
      version: 4,
      policyOutdated: true,
      allowed: ['retry'],
      counts,
    });
    expect(view.waitingFor).toEqual([{ reason: 'Halted', until: '1970-01-01T00:00:01.000Z', detail: 'x' }]);
    expect(view.waves[0]?.targets.map(({ cluster, until }) => [cluster, until])).toEqual([
      ['b', '1970-01-01T00:01:00.000Z'],
      ['a', '1970-01-01T00:01:00.000Z'],
    ]);
  });

  it('within a scope holds nothing of other clusters, not even in sentences', () => {
    const seen = withinScope(ROLLOUT, (cluster) => cluster === 'a');
    expect(seen && JSON.stringify(rolloutView(seen, context))).not.toMatch(/\bb\b/);
    const hidden = 'some of its clusters are outside the scope of the token';
    expect(seen).toMatchObject({ message: hidden, waves: [{ message: hidden, clusters: ['a'] }] });
    expect(withinScope({ ...ROLLOUT, message: '' }, (cluster) => cluster === 'a')?.message).toBe('');
    expect(withinScope(ROLLOUT, () => false)).toBeUndefined();
    expect(withinScope(ROLLOUT, () => true)).toBe(ROLLOUT);
  });
});

describe('a rollout and its gates', () => {
  const rule = { name: 'ok', side: 'before', type: 'approval', count: 2, expiresAfterMs: 60_000 } as const;
  const asks = { ...rule, approvers: [{ kind: 'group', name: 'sre' }], onExpire: 'hold', notRequester: true } as const;
  const wait = { name: 'night', side: 'after', type: 'wait', forMs: 120_000 } as const;
  const decision = (actor: string) => ({ actor, at: 1000, why: `${actor} says b is fine` });
  const given = approved(opened(newGate('r-1.one.before.ok', asks), 0), decision('ann'));
  const gates = [rejected(given, decision('bob')), opened(newGate('r-1.one.after.night', wait), 0)];
  const gated = (all: readonly Gate[]) => ({
    ...ROLLOUT,
    waves: ROLLOUT.waves.map((wave) => ({ ...wave, gates: all })),
  });

  it('shows who may decide, who did, and when time does', () => {
    const [asked, timed] = rolloutView(gated(gates), context).waves[0]?.gates ?? [];
    const at = '1970-01-01T00:00:01.000Z';
    expect(asked).toMatchObject({
      ...{ id: 'r-1.one.before.ok', rollout: 'r-1', wave: 'one', side: 'before', type: 'approval', state: 'Rejected' },
      ...{ need: 2, approvers: ['group:sre'], notRequester: true, given: 1 },
      approvals: [{ actor: 'ann', at, reason: 'ann says b is fine' }],
      rejection: { actor: 'bob', at, reason: 'bob says b is fine' },
      ...{ openedAt: '1970-01-01T00:00:00.000Z', expiresAt: '1970-01-01T00:01:00.000Z', passesAt: null },
    });
    expect(timed).toMatchObject({
      ...{ type: 'wait', need: 0, approvers: null, notRequester: false, approvals: [], rejection: null },
      ...{ expiresAt: null, passesAt: '1970-01-01T00:02:00.000Z' },
    });
  });

  it('shows what is not open without times; a plan shows whom it would ask', () => {
    const anybody = { ...asks, approvers: null };
    const view = rolloutView(gated([newGate('r-1.one.before.ok', anybody)]), context);
    expect(view.waves[0]?.gates[0]).toMatchObject({ openedAt: null, expiresAt: null, passesAt: null });
    expect(plannedGate(anybody)).toEqual({
      ...{ side: 'before', type: 'approval', name: 'ok', need: 2, approvers: null, notRequester: true },
    });
  });

  it('within a scope says nothing of what people wrote', () => {
    const seen = withinScope(gated([...gates, newGate('r-1.one.after.later', wait)]), (cluster) => cluster === 'a');
    const [asked, timed, later] = seen?.waves[0]?.gates ?? [];
    expect(asked).toMatchObject({ given: [{ actor: 'ann', why: '' }], rejected: { actor: 'bob', why: '' } });
    expect(timed).toMatchObject({ message: seen?.message, rejected: null });
    expect(later?.message).toBe('');
  });

  it('names the gate that is waited for, and only then', () => {
    const waitingFor = [
      { reason: 'Approval', until: null, detail: 'x', gate: 'r-1.one.before.ok' },
      { reason: 'Halted', until: null, detail: 'y' },
    ];
    const shown = rolloutView(ROLLOUT, { ...context, waitingFor }).waitingFor;
    expect(shown).toEqual(waitingFor);
    expect(shown[1]).not.toHaveProperty('gate');
  });
});

describe('the cause of a rollout', () => {
  it('is the source with what it held in each cluster', () => {
    expect(rolloutView(ROLLOUT, context).cause).toEqual({
      sources: ['a', 'b'].map((cluster) => ({ ...ROLLOUT.cause.source, cluster, from: null, to: null })),
      ...{ trigger: 'change', actor: null, reason: null },
    });
  });

  it('is what somebody named, where that is no source', () => {
    const workloads = [{ kind: 'Deployment', namespace: 'shop', name: 'web' } as const];
    const cause = { ...ROLLOUT.cause, source: null, asked: { workloads, force: true, digest: 'd' } };
    expect(rolloutView({ ...ROLLOUT, cause }, context).cause).toMatchObject({ sources: [], workloads, force: true });
  });
});

describe('conditional requests', () => {
  it.each([
    [undefined, undefined, null],
    ['"7"', undefined, 7],
    ['*', undefined, 'any'],
    [undefined, '*', 'none'],
    ['W/"7"', undefined, undefined],
    ['7', undefined, undefined],
    ['"7"', '*', undefined],
    [undefined, '"7"', undefined],
    [['"7"', '"8"'], undefined, undefined],
  ])('If-Match %s, If-None-Match %s expect %s', (ifMatch, ifNoneMatch, expected) => {
    expect(expectedVersion(ifMatch, ifNoneMatch)).toBe(expected);
  });
});

describe('when waves can start', () => {
  const minute = 60_000;
  const target = (cluster: string, ...after: readonly string[]) => ({ cluster, workloads: [{ after }] });
  const wave = (name: string, dependsOn: readonly string[], soakMs: number, targets = [target(name)]) => ({
    ...{ name, dependsOn, soakMs, targets, maxConcurrency: 2, gates: [] as readonly ResolvedGate[] },
  });

  it('is after all that they wait for has soaked; an estimate lets restarts take their time', () => {
    const oneOfTwo = { cluster: 'd', workloads: [{ after: [] }, { after: ['api'] }] };
    const three = [target('b1'), target('b2'), target('b3')];
    const waves = [
      wave('a', [], 50),
      wave('b', [], 10, three),
      wave('c', ['a', 'b'], 5, []),
      wave('d', ['c'], 0, [oneOfTwo, target('e')]),
    ];
    const b = { b1: 1000, b2: 1000, b3: 1000 };
    expect([...waveTimes(waves, 1000)]).toEqual([
      ['a', { earliest: { a: 1000 }, through: 1000, startsAt: 1000, endsAt: 1000 + minute }],
      ['b', { earliest: b, through: 1000, startsAt: 1000, endsAt: 1000 + 2 * minute }],
      ['c', { earliest: {}, through: 1050, startsAt: 1010 + 2 * minute, endsAt: 1010 + 2 * minute }],
      ['d', { earliest: { d: 1050, e: 1050 }, through: 1050, startsAt: 1010 + 2 * minute, endsAt: 1010 + 4 * minute }],
    ]);
  });

  it('waits for windows to open, cluster by cluster, and is not known where none does', () => {
    const opens = (cluster: string, from: number): number | null =>
      cluster === 'never' ? null : cluster === 'late' ? Math.max(from, 5000) : from;
    const waves = [
      wave('a', [], 100, [target('soon'), target('late')]),
      wave('b', ['a'], 0, [target('soon'), target('never')]),
      wave('c', ['b'], 0, [target('late')]),
      wave('d', [], 0, [target('late')]),
    ];
    const [a, b, c, d] = waveTimes(waves, 1000, opens).values();
    expect(a).toMatchObject({ earliest: { soon: 1000, late: 5000 }, startsAt: 1000, endsAt: 5000 + minute });
    expect(b).toMatchObject({ earliest: { soon: 5100, never: null }, startsAt: 5100 + minute, endsAt: null });
    expect(c).toEqual({ earliest: { late: null }, through: null, startsAt: null, endsAt: null });
    expect(d).toMatchObject({ startsAt: 5000, endsAt: 5000 + minute });
  });

  it('waits at gates: as long as they take, people no time at the earliest, and who knows how long in truth', () => {
    const hour = 60 * minute;
    const waits = resolveGates({
      before: [{ type: 'wait', for: '1h' }],
      after: [{ type: 'schedule', at: '1970-01-01T05:00' }],
    });
    const asks = resolveGates({ before: [{ type: 'approval' }, { type: 'schedule', at: '1970-01-01T00:01' }] });
    const waves = [
      { ...wave('a', [], 2 * hour), gates: waits },
      { ...wave('b', ['a'], 0), gates: asks },
      { ...wave('none', ['a'], 0, []), gates: asks },
    ];
    const [a, b, none] = waveTimes(waves, 0).values();
    expect(a).toEqual({ earliest: { a: hour }, through: hour, startsAt: hour, endsAt: hour + minute });
    expect(b).toEqual({ earliest: { b: 5 * hour }, through: 5 * hour, startsAt: null, endsAt: null });
    expect(none).toMatchObject({ through: 5 * hour, startsAt: 5 * hour });
  });
});

const INSTALL = 'helm install reload deploy/agent --namespace fleet-reloader --create-namespace';
it.each([
  [
    'says what the hub knows',
    { cluster: 'c1', labels: { region: 'eu', 'example.com/env': 'dev' }, hubUrl: 'https://hub' },
    `--set hub.url=https://hub --set cluster.name=c1 --set-string 'cluster.labels.example\\.com/env=dev' --set-string 'cluster.labels.region=eu'`,
  ],
  [
    'leaves to people what it does not know',
    { cluster: null, labels: {}, hubUrl: null },
    "--set 'hub.url=<URL of this hub>' --set 'cluster.name=<name of the cluster>'",
  ],
])('the enrolment command %s', (_what, known, text) => {
  expect(enrolmentCommand({ token: 't', ...known })).toBe(`${INSTALL} ${text} --set enrolment.token=t`);
});
