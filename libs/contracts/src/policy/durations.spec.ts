import type { z } from 'zod';
import { deadline, duration, durationThat, interval, longSpan, span } from './durations';

const SHORT = durationThat('a duration such as 20m, at most 7d', (ms) => ms <= 7 * 86_400_000);

describe('durations of a policy', () => {
  it.each<[string, z.ZodType, string[], string]>([
    ['a duration such as 30s, 15m or 1h30m, at most 366d', duration, ['0s', '366d'], '367d'],
    ['a duration such as 30s or 15m, more than 0 and at most 366d', span, ['1ms', '366d'], '0s'],
    ['a duration such as 30m, 24h or 3d, more than 0 and at most 366d', longSpan, ['1ms'], '0h'],
    ['a duration such as 30s, 15m or 1h30m; 0s for none', interval, ['0s', '5m'], '5'],
    ['a duration such as 20m, at most 7d', SHORT, ['0s', '7d'], '169h'],
  ])('that have to be %s are, or say so', (words, schema, taken, refused) => {
    for (const text of taken) expect(schema.parse(text)).toBe(text);
    for (const text of [refused, 'soon', '-1s', ''])
      expect(schema.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([`must be ${words}`]);
    expect(schema.meta()?.description).toBe(words);
  });

  it('a deadline says which of the two is wrong', () => {
    const told = (text: string) => deadline.safeParse(text).error?.issues.map(({ message }) => message);
    expect(told('0s')).toEqual(['must be longer than 0']);
    expect(told('soon')).toEqual(['must be a duration such as 30s, 15m or 1h30m, at most 366d']);
    expect(told('1s')).toBeUndefined();
  });
});
