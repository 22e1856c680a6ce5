import type { SourceRef } from '@app/contracts/objects';
import { NEW, OLD, rolloutOf, START, workloadNamed } from '@test/rollout/fixtures';
import { FleetFacts } from '@test/rollout/fleet';
import { rulesOf } from '@test/rollout/scenario-text';
import type { Rollout, Target } from '../../rollout/core/model';
import { step } from '../../rollout/core/step';
import { Targets } from '../../rollout/core/targets';
import type { Evidence } from './evidence';
import { explain } from './explain';

const [DB, MAIL, TLS] = ['db', 'mail', 'tls'].map((name): SourceRef => ({
  kind: 'Secret',
  namespace: 'shop',
  name,
})) as [SourceRef, SourceRef, SourceRef];
const WEB = workloadNamed('web');
const POLICY = { name: 'p', version: 1, start: 'auto', takes: true, urgency: 'rotation' } as const;

/** The workload uses the first two of them. */
const EVIDENCE: Evidence = {
  ...{ cluster: 'c01', workloadRef: WEB, sourceRef: null, source: undefined, policy: POLICY, rollouts: [] },
  ...{ connection: { state: 'Online', reason: '', drained: false }, recovering: null, quarantinedUntil: null },
  gathered: null,
  workload: {
    ...{ ...WEB, uid: 'u', labels: {}, state: 'Pending', reason: '', message: '', want: NEW, have: OLD },
    ...{ proof: 'exact', pods: { desired: 1, updated: 1, ready: 1 } },
    sources: [DB, MAIL].map(({ kind, name }) => ({ kind, name, revision: NEW, haveRevision: OLD })),
  },
};

const facts = new FleetFacts(['c01'], ['web']);
const begun = step(rolloutOf(rulesOf('new\nwave one c01')), { type: 'woken', at: START }, facts.now()).rollout;
const carrying = (...sources: readonly SourceRef[]): Rollout => ({
  ...begun,
  cause: {
    ...{ ...begun.cause, source: null, group: { label: 'team', value: 'shop' } },
    revisions: sources.map((source) => ({ cluster: 'c01', source, from: OLD, to: NEW })),
  },
});
const unplanned = (...sources: readonly SourceRef[]): Rollout => ({
  ...carrying(...sources),
  ...{ id: 'r-0', phase: 'Failed', reason: 'PlanInvalid', targets: Targets.of([]) },
});
const last = (patch: Partial<Evidence>) => explain({ ...EVIDENCE, ...patch }).checks.at(-1);

it('a rollout of several sources concerns whoever uses one of them, and a question about any of them', () => {
  const reached = (sourceRef: SourceRef | null, ...sources: readonly SourceRef[]) =>
    last({ sourceRef, rollouts: [carrying(...sources)] })?.check;
  expect([reached(DB, TLS, DB), reached(null, TLS, MAIL)]).toEqual(['RestartPermitted', 'RestartPermitted']);
  expect([reached(null, TLS), reached(DB, MAIL, TLS)]).toEqual(['RolloutActive', 'RolloutActive']);
});

it('so does one that could not be planned', () => {
  const isTold = (sourceRef: SourceRef | null, ...sources: readonly SourceRef[]) =>
    last({ sourceRef, unplanned: unplanned(...sources) })?.detail.includes('r-0, ended Failed');
  expect([isTold(DB, TLS, DB), isTold(null, TLS, MAIL)]).toEqual([true, true]);
  expect([isTold(null, TLS), isTold(DB, MAIL, TLS)]).toEqual([false, false]);
});

it('so does one that leaves the cluster alone, until another brings the change there', () => {
  const leftOut = { ...carrying(DB), id: 'r-0', targets: Targets.of<Target>([]) };
  expect(last({ sourceRef: DB, leftOut })).toMatchObject({
    check: 'RolloutActive',
    detail: expect.stringMatching(
      /^NoWave: rollout r-0 leaves cluster c01 alone: no wave of policy .* \(unassigned: ignore\)$/,
    ),
  });
  expect(last({ sourceRef: MAIL, leftOut })?.detail).not.toContain('NoWave');
  expect(last({ sourceRef: DB, leftOut, rollouts: [carrying(DB)] })?.check).toBe('RestartPermitted');
});

it('what a rollout has done with in a cluster, and the workload still waits for, is left to the next one', () => {
  const targetIs = (patch: Partial<Target>): Rollout => ({
    ...begun,
    targets: Targets.of(begun.targets.all().map((target) => ({ ...target, ...patch }))),
  });
  const next = (patch: Partial<Target>) => explain({ ...EVIDENCE, rollouts: [targetIs(patch)] }).next;
  const follows = 'Wait: a rollout follows by itself when this one is over; or cancel this one.';
  expect(next({ phase: 'Succeeded', expected: OLD })).toBe(follows);
  expect(next({ phase: 'Skipped', reason: 'Left', message: 'it was revoked' })).toBe(follows);
  expect(next({ phase: 'Failed', reason: 'TimedOut' })).toBe('See the rollout for what can be done.');
});
