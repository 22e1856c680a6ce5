import type { Instant, Rollout } from '../../rollout/core/model';
import { type Waiting, waitingFor } from '../../rollout/core/waiting';

/** What holds a rollout up and does not stand in it. */
export type Around = Readonly<{
  /** How many clusters a hub that has lost its store has yet to hear of; null: it knows its fleet. */
  missing: number | null;
  /** Until when the rollout's source is left alone because it changes too often; undefined: it is not. */
  quarantinedUntil: Instant | undefined;
}>;

/** Everything that the rollout waits for, whether it is in the rollout or around it; empty only when it is over. */
export function allWaits(rollout: Rollout, { missing, quarantinedUntil }: Around, now: Instant): readonly Waiting[] {
  const own = withQuarantine(waitingFor(rollout, now), quarantinedUntil);
  return missing === null || own.length === 0 ? own : [recovering(missing), ...own];
}

/** As long as it lasts nothing starts, whatever the rollout itself waits for. */
function recovering(missing: number): Waiting {
  const left = missing === 0 ? '' : `; ${missing} have not yet`;
  const detail = `the hub lost its store: nothing starts before the clusters have said where they stand${left}`;
  return { reason: 'Recovering', until: null, detail };
}

/** What waits for the rollout of a newer revision waits as long as none is started. */
function withQuarantine(waits: readonly Waiting[], until: Instant | undefined): readonly Waiting[] {
  if (until === undefined || !waits.some(({ reason }) => reason === 'SourceMoved')) return waits;
  const detail = 'the source changes too often: its newer revision is left alone';
  return [{ reason: 'Quarantined', until, detail }, ...waits];
}
