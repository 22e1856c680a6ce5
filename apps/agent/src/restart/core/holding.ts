import { isPausedByUs, pauseLeftMs } from '../../inventory/core/pause';
import type { Stillness } from '../../inventory/core/rollout-status';
import type { WorkloadLook } from '../../inventory/workbench.port';

/** How its pods stand right after a restart was written. `now`: epoch ms. */
export function podsNow(look: WorkloadLook | undefined, now: number): Readonly<{ reason: string; message: string }> {
  const left = look && isPausedByUs(look.record) ? pauseLeftMs(look.record, now) : null;
  if (left === null) return { reason: 'RollingOut', message: 'its pods are being replaced' };
  const until = new Date(now + left).toISOString();
  return { reason: PAUSE_PERIOD, message: `its pods are replaced when its pause period is over, at ${until}` };
}

export const PAUSE_PERIOD = 'PausePeriod';

/** What a restart came to whose pods are not waited for. */
export const unfollowed = (still: Stillness | null): Stillness =>
  still === null
    ? { reason: '', message: 'its Job was made' }
    : { reason: still.reason, message: `its pod template was changed; ${still.message}` };
