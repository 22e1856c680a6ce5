import { Injectable } from '@nestjs/common';
import type { EventView } from '@app/contracts/api/views';
import type { Principal } from '../../access/principal';
import { TokensService } from '../../access/tokens.service';
import { ScopeService } from '../../access/scope.service';
import { StoreUnavailable } from '../../platform/redis';
import { RolloutQueries } from '../../rollout/rollout.queries';
import { withinScope } from '../core/rollout-view';
import type { EventLens } from './event-feed';

/** Shows events as a token may see them. */
@Injectable()
export class VisibleEvents {
  constructor(
    private readonly scopes: ScopeService,
    private readonly rollouts: RolloutQueries,
    private readonly tokens: TokensService,
  ) {}

  /** Whether the token of a reader is still good; while the store is away, as it was: there is no news either. */
  async mayRead(caller: Principal): Promise<boolean> {
    try {
      return await this.tokens.stands(caller);
    } catch (error) {
      if (error instanceof StoreUnavailable) return true;
      throw error;
    }
  }

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
