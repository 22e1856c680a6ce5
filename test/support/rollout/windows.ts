import { windowSpec } from '@app/contracts/policy/window-schema';
import { resolveWindow } from '@app/contracts/policy/windows';
import { type WindowHere, windowsIn } from '../../../apps/hub/src/windows/core/windows-here';

/** `nights kind=allow start=22:00 end=05:00`: a window of every day in UTC, unless the options say otherwise. */
export function windowOf(name: string, options: Readonly<Record<string, string>>): WindowHere {
  const { policy = 'test', cluster, ...given } = options;
  const when = given.from === undefined ? { rrule: 'FREQ=DAILY' } : {};
  const spec = windowSpec.parse({ name, kind: 'allow', timezone: 'UTC', ...when, ...given });
  const policies = [{ name: policy, windows: [resolveWindow(spec)] }];
  const [window] = windowsIn(policies, cluster === undefined ? {} : { timezone: cluster }, 'rotation');
  if (window === undefined) throw new Error(`no window ${name}`);
  return window;
}

const stop = { overrun: 'stopAtEnd' } as const;
/** By the clocks of UTC: histories begin at midnight. */
export const WINDOWS = [
  [],
  [windowOf('hour', { start: '00:00', end: '01:00' })],
  [windowOf('minutes', { start: '00:00', end: '00:02', ...stop })],
  [windowOf('freeze', { kind: 'deny', start: '00:01', end: '00:20' })],
  [
    windowOf('freeze', { kind: 'deny', start: '00:00', end: '00:07', ...stop }),
    windowOf('day', { start: '00:05', end: '23:00' }),
  ],
] as const;
