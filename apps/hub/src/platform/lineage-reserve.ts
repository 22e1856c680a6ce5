import { Injectable } from '@nestjs/common';

/**
 * Part of a script: `nextLineage(key)` draws the next one, as text. It never falls below the clock's seconds, so that
 * it goes on rising after the store was lost or set back.
 */
export const NEXT_LINEAGE_LUA = `local function nextLineage(key)
     local next = string.format('%d', math.max(tonumber(redis.call('GET', key) or '0') + 1, math.floor(now / 1000)))
     redis.call('SET', key, next)
     return next
   end`;

/** A reserved number is forgotten after this long: others draw meanwhile, and a later one has to be higher than theirs. */
const GOOD_FOR_MS = 250;

/**
 * A rollout's place in the order of all of them, drawn along with the write that made it necessary: one that is at
 * hand spares the change a write of its own, which waits for the disk. What is not used leaves a gap.
 */
@Injectable()
export class LineageReserve {
  private reserved = { place: 0, at: -Infinity };
  private highest = 0;

  /** The store has just drawn this one. `now`: monotonic ms. */
  keep(place: number, now: number): void {
    this.reserved = { place, at: now };
  }

  /** The reserved one, once, if it is fresh and above `above` and everything that was used here. */
  take(above: number, now: number): number | undefined {
    const { place, at } = this.reserved;
    this.reserved = { place: 0, at: -Infinity };
    if (now - at > GOOD_FOR_MS || place <= Math.max(above, this.highest)) return undefined;
    this.highest = place;
    return place;
  }

  /** This one was drawn by itself. */
  used(place: number): void {
    this.highest = Math.max(this.highest, place);
  }
}
