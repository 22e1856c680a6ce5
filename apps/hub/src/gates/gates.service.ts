import { Injectable } from '@nestjs/common';
import type { Bearer } from '@app/contracts/policy/approvers';
import { Clock } from '../platform/clock';
import { onClock } from '../rollout/core/clock-moves';
import { type GateRefusal, type GateVerb, judgeDecision } from '../rollout/core/gate-verdict';
import type { Rollout } from '../rollout/core/model';
import { RolloutService } from '../rollout/rollout.service';
import type { Actor } from '../rollout/rollout-writes';

/** No rollout has this gate. */
export class GateUnknown extends Error {
  constructor(readonly id: string) {
    super(`there is no gate ${id}`);
  }
}

/** The gate does not permit it now, or this person may not. */
export class GateRefused extends Error {
  constructor(readonly refusal: GateRefusal) {
    super(refusal.message);
  }
}

/** Somebody decides about a gate. */
export type Decided = Readonly<{ gate: string; verb: GateVerb; bearer: Bearer; by: Actor }>;

const TYPES = { approve: 'approved', reject: 'rejected' } as const;

/** Takes what people decide about gates to the rollouts. */
@Injectable()
export class GatesService {
  constructor(
    private readonly clock: Clock,
    private readonly rollouts: RolloutService,
  ) {}

  /**
   * The rollout afterwards. To say again what one has said changes nothing.
   * @throws GateUnknown, GateRefused; else as RolloutService.handle
   */
  decide(rollout: string, { gate, verb, bearer, by }: Decided): Promise<Rollout> {
    const at = this.clock.now();
    const event = { type: TYPES[verb], gate, at, actor: by.actor, why: by.why } as const;
    const stillToDo = (seen: Rollout): boolean => {
      const verdict = judgeDecision(onClock(seen, this.clock.moves()), gate, { verb, bearer, at });
      if (verdict.type === 'unknown') throw new GateUnknown(gate);
      if (verdict.type === 'conflict' || verdict.type === 'forbidden') throw new GateRefused(verdict);
      return verdict.type === 'go';
    };
    return this.rollouts.decide(rollout, event, { by, action: `gate.${verb}`, subject: `gate/${gate}`, stillToDo });
  }
}
