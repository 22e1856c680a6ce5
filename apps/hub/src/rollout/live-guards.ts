import { Injectable } from '@nestjs/common';
import type { LimitsHere } from '../limits/core/limits-here';
import type { WindowHere } from '../windows/core/windows-here';
import { LiveLimits } from './live-limits';
import { type Guarded, LiveWindows, type Part, type PoliciesNow } from './live-windows';

/** What guards a cluster's part in a rollout, as the policies say now. */
export type GuardsHere = Readonly<{ windows: readonly WindowHere[]; limits: LimitsHere }>;

@Injectable()
export class LiveGuards {
  constructor(
    private readonly windows: LiveWindows,
    private readonly limits: LiveLimits,
  ) {}

  policies(): Promise<PoliciesNow> {
    return this.windows.policies();
  }

  /** For each part, in their order. */
  async of(guarded: Guarded, parts: readonly Part[], now: PoliciesNow): Promise<GuardsHere[]> {
    const [windows, limits] = await Promise.all([
      this.windows.of(guarded, parts, now),
      this.limits.of(guarded, parts, now),
    ]);
    return limits.map((each, n) => ({ windows: windows[n] ?? [], limits: each }));
  }
}
