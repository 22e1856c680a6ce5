import { z } from 'zod';
import { DURATION, parseDuration } from './amounts';

/** A text that is a duration. @param words what it has to be, as people are told. @param fits which ones are taken, by milliseconds */
export const durationThat = (words: string, fits: (ms: number) => boolean = () => true) =>
  z
    .string()
    .refine((text) => {
      const ms = parseDuration(text);
      return ms !== undefined && fits(ms);
    }, `must be ${words}`)
    .meta({ pattern: DURATION.source, description: words });

const isSome = (ms: number): boolean => ms > 0;
const SOME = 'a duration such as 30s or 15m, more than 0 and at most 366d';

export const duration = durationThat('a duration such as 30s, 15m or 1h30m, at most 366d');
export const span = durationThat(SOME, isSome);
/** For what people are waited for. */
export const longSpan = durationThat('a duration such as 30m, 24h or 3d, more than 0 and at most 366d', isSome);
/** What may be nothing on purpose. */
export const interval = durationThat('a duration such as 30s, 15m or 1h30m; 0s for none');
/** A deadline of nothing would be over before anything could meet it. */
export const deadline = duration
  .refine((text) => parseDuration(text) !== 0, 'must be longer than 0')
  .meta({ pattern: DURATION.source, description: SOME });
