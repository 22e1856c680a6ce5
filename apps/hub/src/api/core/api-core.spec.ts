import { resolveGates } from '@app/contracts/policy/gates';
import type { ResolvedGate } from '@app/contracts/policy/resolved';
import type { Rollout, Target } from '../../rollout/core/model';
import { waveTimes } from './earliest';
import { enrolmentCommand } from './enrolment-command';
import { expectedVersion } from './entity-tag';
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
    expect(withinScope(ROLLOUT, () => false)).toBeUndefined();
    expect(withinScope(ROLLOUT, () => true)).toBe(ROLLOUT);
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
    const three = [target('b1'), target('b2'), target('b3')];
    const waves = [
      wave('a', [], 50),
      wave('b', [], 10, three),
      wave('c', ['a', 'b'], 5, []),
      wave('d', ['c'], 0, [target('d', 'api')]),
    ];
    const b = { b1: 1000, b2: 1000, b3: 1000 };
    expect([...waveTimes(waves, 1000)]).toEqual([
      ['a', { earliest: { a: 1000 }, through: 1000, startsAt: 1000, endsAt: 1000 + minute }],
      ['b', { earliest: b, through: 1000, startsAt: 1000, endsAt: 1000 + 2 * minute }],
      ['c', { earliest: {}, through: 1050, startsAt: 1010 + 2 * minute, endsAt: 1010 + 2 * minute }],
      ['d', { earliest: { d: 1050 }, through: 1050, startsAt: 1010 + 2 * minute, endsAt: 1010 + 4 * minute }],
    ]);
  });

  it('waits for windows to open, cluster by cluster, and is not known where none does', () => {
    const opens = (cluster: string, from: number): number | null =>
      cluster === 'never' ? null : cluster === 'late' ? Math.max(from, 5000) : from;
    const waves = [
      wave('a', [], 100, [target('soon'), target('late')]),
      wave('b', ['a'], 0, [target('soon'), target('never')]),
      wave('c', ['b'], 0),
    ];
    const [a, b, c] = waveTimes(waves, 1000, opens).values();
    expect(a).toMatchObject({ earliest: { soon: 1000, late: 5000 }, startsAt: 1000, endsAt: 5000 + minute });
    expect(b).toMatchObject({ earliest: { soon: 5100, never: null }, startsAt: 5100 + minute, endsAt: null });
    expect(c).toEqual({ earliest: { c: null }, through: null, startsAt: null, endsAt: null });
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

it('the enrolment command leaves to people what the hub does not know', () => {
  const command = enrolmentCommand({ token: 't', cluster: null, labels: { region: 'eu', env: 'dev' }, hubUrl: null });
  expect(command).toContain('hub.url=<URL of this hub>');
  expect(command).toContain("cluster.labels='env=dev\\,region=eu'");
});
