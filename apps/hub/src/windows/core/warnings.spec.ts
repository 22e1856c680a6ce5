import { parsePolicy } from '@app/contracts/policy/parse';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { windowState } from './evaluate';
import { unreadable, windowsIn } from './windows-here';
import { clusterWarnings, windowWarnings } from './warnings';

const NOW = Date.parse('2027-01-01T12:00:00Z');
const NIGHTS = { name: 'nights', kind: 'allow', rrule: 'FREQ=DAILY', start: '22:00', end: '05:00', timezone: 'UTC' };
const OVER = { name: 'past', kind: 'allow', from: '2026-01-01T00:00', to: '2026-01-02T00:00', timezone: 'UTC' };

function policy(...windows: object[]): ResolvedPolicy {
  const parsed = parsePolicy({
    ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'prod' } },
    spec: { rollout: 'all', windows },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

const inCluster = (labels: Record<string, string>, ...windows: object[]) =>
  clusterWarnings(windowsIn([policy(...windows)], labels, 'rotation'), labels, NOW);

describe('warnings about windows', () => {
  it('a policy whose windows let nothing start is told of, and no other', () => {
    expect(windowWarnings(policy(OVER), NOW)).toEqual([
      { code: 'NEVER_OPEN', detail: 'its windows: they let nothing start within the next 90 days' },
    ]);
    expect(windowWarnings(policy(NIGHTS), NOW)).toEqual([]);
  });

  it('so is one that lets nothing of some urgency start, by name', () => {
    const appliesTo = ['renewal', 'rotation'];
    expect(windowWarnings(policy({ ...OVER, appliesTo }), NOW)).toEqual([
      {
        code: 'NEVER_OPEN',
        detail: 'its windows: they let nothing of urgency renewal, rotation start within the next 90 days',
      },
    ]);
    expect(windowWarnings(policy({ ...NIGHTS, appliesTo }), NOW)).toEqual([]);
  });

  it('so is a cluster in which all windows together let nothing start', () => {
    expect(inCluster({}, OVER)).toEqual([
      {
        code: 'NEVER_OPEN',
        detail: 'the windows that hold there: they let nothing start within the next 90 days',
      },
    ]);
    expect(inCluster({}, NIGHTS)).toEqual([]);
  });

  it('a window by the clocks of a cluster that does not tell its zone is told of', () => {
    const local = { ...NIGHTS, name: 'local', timezone: 'cluster' };
    expect(inCluster({}, NIGHTS, local)).toEqual([
      {
        code: 'NO_TIMEZONE',
        detail: "window local of policy prod goes by the cluster's clock, and without the label timezone that is UTC",
      },
    ]);
    expect(inCluster({ timezone: 'Europe/Berlin' }, local)).toEqual([]);
  });
});

it('while the policies can not be read nothing may start, and what has begun goes on', () => {
  expect(windowState(unreadable('prod', 'no connection'), NOW)).toEqual({
    open: false,
    closedBecause: 'window unknown of policy prod: the policies can not be read: no connection',
    ...{ nextOpen: null, nextClose: null, stopsInFlight: false },
  });
  expect(clusterWarnings(unreadable('prod', 'no connection'), {}, NOW).map(({ code }) => code)).toEqual(['NEVER_OPEN']);
});

it('a cluster without a word about its zone lies in UTC, also when the label is empty or only inherited', () => {
  const zones = [{}, { timezone: '' }, Object.create({ timezone: 'Europe/Berlin' }) as Record<string, string>].map(
    (labels) => windowsIn([policy({ ...NIGHTS, timezone: 'cluster' })], labels, 'rotation')[0]?.zone,
  );
  expect(zones).toEqual(['UTC', 'UTC', 'UTC']);
});
