import { windowSpec } from '@app/contracts/policy/window-schema';
import { resolveWindow } from '@app/contracts/policy/windows';
import { type WindowHere, windowsIn } from '../../../apps/hub/src/windows/core/here';

/** `nights kind=allow start=22:00 end=05:00`: a window of every day in UTC, unless the options say otherwise. */
export function windowOf(name: string, options: Readonly<Record<string, string>>): WindowHere {
  const { policy = 'test', cluster, ...given } = options;
  const when = given.from === undefined ? { rrule: 'FREQ=DAILY' } : {};
  const spec = windowSpec.parse({ name, kind: 'allow', timezone: 'UTC', ...when, ...given });
  const policies = [{ name: policy, windows: [resolveWindow(spec)] }];
  const [window] = windowsIn(policies, cluster === undefined ? {} : { timezone: cluster });
  if (window === undefined) throw new Error(`no window ${name}`);
  return window;
}
