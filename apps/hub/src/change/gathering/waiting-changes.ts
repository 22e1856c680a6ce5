import { Injectable } from '@nestjs/common';
import type { Instant } from '../../rollout/core/model';
import { FlapStore } from '../restraint/flap.store';
import type { Place } from '../core/place';
import { type Gathered, WindowStore } from './window.store';

/** Changes that no rollout carries yet, and what they wait for. */
@Injectable()
export class WaitingChanges {
  constructor(
    private readonly flap: FlapStore,
    private readonly windows: WindowStore,
  ) {}

  /** Sources that change too often: key, and until when they are left alone. */
  quarantines(at: Instant): Promise<ReadonlyMap<string, Instant>> {
    return this.flap.lasting(at);
  }

  /** null: nothing is gathered there. */
  gathered(place: Place): Promise<Gathered | null> {
    return this.windows.gathered(place);
  }
}
