import { Injectable } from '@nestjs/common';
import type { EventView } from '@app/contracts/api/views';
import type { Principal } from '../../access/principal';
import { ScopeService } from '../../access/scope.service';
import { RolloutQueries } from '../../rollout/rollout.queries';
import { withinScope } from '../core/rollout-view';
import type { EventLens } from './event-feed';

/** Shows events as a token may see them. */
@Injectable()
export class VisibleEvents {
  constructor(
    private readonly scopes: ScopeService,
    private readonly rollouts: RolloutQueries,
  ) {}

  /** Of a rollout that reaches beyond the token's scope one sees that something happened, not the sentence about it. */
  async to(caller: Principal): Promise<EventLens> {
    if (caller.scope === null) return (event) => Promise.resolve(event);
    const inScope = await this.scopes.of(caller);
    return async (event): Promise<EventView | null> => {
      if (event.cluster !== null) return inScope(event.cluster) ? event : null;
      const stored = event.rollout === null ? undefined : await this.rollouts.get(event.rollout);
      const seen = stored && withinScope(stored.rollout, inScope);
      if (!seen) return null;
      return seen === stored.rollout ? event : { ...event, message: '' };
    };
  }
}
