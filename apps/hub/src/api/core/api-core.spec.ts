import type { Rollout, Target } from '../../rollout/core/model';
import { earliestStarts } from './earliest';
import { enrolmentCommand } from './enrolment-command';
import { expectedVersion } from './entity-tag';
import { rolloutView, withinScope } from './rollout-view';

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
    targets: { a: target('a'), b: target('b') },
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

it('the earliest start of a wave is after the soaks of all that it waits for', () => {
  const waves = [
    { name: 'a', dependsOn: [], soakMs: 10 },
    { name: 'b', dependsOn: [], soakMs: 50 },
    { name: 'c', dependsOn: ['a', 'b'], soakMs: 5 },
    { name: 'd', dependsOn: ['c'], soakMs: 0 },
  ];
  expect([...earliestStarts(waves, 1000)]).toEqual([
    ['a', 1000],
    ['b', 1000],
    ['c', 1050],
    ['d', 1055],
  ]);
});

it('the enrolment command leaves to people what the hub does not know', () => {
  const command = enrolmentCommand({ token: 't', cluster: null, labels: { region: 'eu', env: 'dev' }, hubUrl: null });
  expect(command).toContain('hub.url=<URL of this hub>');
  expect(command).toContain("cluster.labels='env=dev\\,region=eu'");
});
