import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../platform/clock';
import { expectedBack, RETURN_MS } from './core/patience';
import { Subjects } from './subjects';
import { Superseding } from '../restraint/superseding';
import type { Place } from '../core/place';
import { WindowStore } from './window.store';

/** How often it is looked whether the awaited clusters are back, in milliseconds. */
const LOOK_AGAIN_MS = 500;

const TOLD = {
  begun: 'a change waits to be planned until clusters are back whose agents were there a moment ago',
  over: 'a change is planned without clusters whose agents did not come back in time',
} as const;

/** Whom a change is planned with: sees to it that clusters that are about to tell of it are waited for. */
@Injectable()
export class Gathering {
  private readonly logger = new Logger(Gathering.name);

  constructor(
    readonly windows: WindowStore,
    readonly subjects: Subjects,
    readonly superseding: Superseding,
    private readonly clock: Clock,
  ) {}

  /**
   * @param silent clusters that the rollout would hold, out of touch, which have not told of a change
   * @returns whether the plan has to wait; it is then looked at again by itself, and waits for `RETURN_MS` in all at most.
   */
  async awaitsMore(place: Place, silent: readonly string[], graceMs: number): Promise<boolean> {
    const absent = await this.subjects.absent.among(silent);
    const expected = expectedBack(absent, { at: this.clock.now(), graceMs });
    if (expected.length === 0) return false;
    const wait = await this.windows.postpone(place, { byMs: LOOK_AGAIN_MS, longestMs: RETURN_MS });
    if (wait !== 'goesOn') this.logger.log({ ...place, msg: TOLD[wait], clusters: expected.slice(0, 20) });
    return wait !== 'over';
  }
}
