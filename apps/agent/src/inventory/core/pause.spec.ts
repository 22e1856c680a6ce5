import { RELOADER_KEYS } from './annotation-keys';
import { hindranceOf, type Pause, pauseLeftMs, pauseWarnings, readPause } from './pause';
import type { RolloutStatus } from './rollout-status';

const PERIOD = 'deployment.reloader.stakater.com/pause-period';
const levels = (metadata: Record<string, string>, template: Record<string, string> = {}) => ({
  metadata,
  template,
  keys: RELOADER_KEYS,
});
const periodOf = (text: string): number | null => readPause('Deployment', levels({ [PERIOD]: text }))?.periodMs ?? null;
const NOW = Date.UTC(2026, 0, 1);
const paused = (more: Partial<Pause>): Readonly<{ pause: Pause }> => ({
  pause: { periodMs: 60_000, invalid: null, pausedAt: new Date(NOW).toISOString(), ...more },
});

describe('a pause period', () => {
  it.each([
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1.5m', 90_000],
    ['.5s', 500],
    ['+2s', 2000],
    ['250000us', 250],
    ['9000h', 365 * 24 * 3_600_000],
    ['0', null],
    ['', null],
  ])('agent 161: %s is read as Go reads it', (text, ms) => {
    expect(periodOf(text)).toBe(ms);
    expect(pauseWarnings('Deployment', levels({ [PERIOD]: text }))).toEqual([]);
  });

  it.each(['10', '5 m', '-1s', '1d', 'soon', '1h-5m', '9'.repeat(100_000)])('agent 168: %s is none', (text) => {
    const pause = readPause('Deployment', levels({ [PERIOD]: text }));
    expect(pause).toMatchObject({ periodMs: null, invalid: text.slice(0, 100) });
    expect(pauseWarnings('Deployment', levels({ [PERIOD]: text }))).toHaveLength(1);
  });

  it('agent 163: is heard on the pod template, and under our prefix before any other', () => {
    expect(readPause('Deployment', levels({}, { [PERIOD]: '1s' }))?.periodMs).toBe(1000);
    const both = { 'fleet-reloader.io/pause-period': '2s', [PERIOD]: '1s' };
    expect(readPause('Deployment', levels(both, { [PERIOD]: '3s' }))?.periodMs).toBe(2000);
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)('agent 169: is told to be of no use on a %s', (kind) => {
    expect(readPause(kind, levels({ [PERIOD]: '1s' }))).toBeNull();
    expect(pauseWarnings(kind, levels({ [PERIOD]: '1s' }))).toHaveLength(1);
    expect(pauseWarnings(kind, levels({}))).toEqual([]);
  });

  it('agent 162: is none where nothing is said', () => {
    expect(readPause('Deployment', levels({}))).toBeNull();
  });
});

describe('what is left of a pause', () => {
  it.each<readonly [title: string, pause: Partial<Pause>, now: number, left: number | null]>([
    ['all of it at its beginning', {}, NOW, 60_000],
    ['the rest, by the instant that was written', {}, NOW + 45_000, 15_000],
    ['nothing once it is over', {}, NOW + 600_000, 0],
    ['never more than the period, if the clock was set back', {}, NOW - 600_000, 60_000],
    ['nothing without a period', { periodMs: null }, NOW, 0],
    ['nothing of an instant that nobody can read', { pausedAt: 'then' }, NOW, 0],
    ['none without an instant', { pausedAt: null }, NOW, null],
  ])('is %s', (_title, pause, now, left) => {
    expect(pauseLeftMs(paused(pause), now)).toBe(left);
  });
});

describe('what keeps a restart back', () => {
  const status = { kind: 'Deployment', paused: true, onDelete: false, suspended: false, desired: 1 } as RolloutStatus;
  const reason = (pause: Pause | null): string => hindranceOf({ status, pause })?.reason ?? '';

  it('is a pause by a person, not one of ours', () => {
    expect(reason(null)).toBe('PausedWorkload');
    expect(reason(paused({ pausedAt: null }).pause)).toBe('PausedWorkload');
    expect(reason(paused({}).pause)).toBe('');
  });

  it('agent 168: is a period that nobody can read', () => {
    expect(reason(paused({ invalid: 'soon' }).pause)).toBe('InvalidPausePeriod');
  });
});
