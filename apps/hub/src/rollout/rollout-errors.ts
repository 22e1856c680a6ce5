import type { Ask } from '../limits/core/admit';
import type { RolloutPhase, RolloutVerb } from '@app/contracts/phases';

/** No rollout has this id. */
export class RolloutUnknown extends Error {
  constructor(readonly id: string) {
    super(`there is no rollout ${id}`);
  }
}

/** The rollout's phase, or somebody who was first, does not permit the verb. `allowed` is what would be taken now. */
export class VerbRefused extends Error {
  constructor(
    readonly phase: RolloutPhase,
    readonly allowed: readonly RolloutVerb[],
    /** Stable code. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** The rollout lies in the store in a form that this hub does not read. Nothing was done, and no other is held up by it. */
export class RolloutUnreadable extends Error {
  constructor(
    readonly id: string,
    why: string,
  ) {
    super(
      `rollout ${id} is stored in a form that this hub does not read (${why}), probably by another version of the hub: ` +
        'let that version run until the rollout is over. Nothing of it starts here, and changes of its source wait',
    );
  }
}

/** Others kept writing the same rollout. Nothing was done; asking again is safe. */
export class RolloutContended extends Error {
  constructor(id: string) {
    super(`rollout ${id} is being written by others; ask again`);
  }
}

/** Not everything may begin that would; nothing was written. It has to be decided again, knowing what the store said. */
export class StartsRefused extends Error {
  constructor(
    /** As the store wrote them. */
    readonly refusals: string,
    readonly asked: readonly Ask[],
  ) {
    super('limits do not let all of these restarts begin now');
  }
}
