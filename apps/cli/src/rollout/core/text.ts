import { oneLine } from '../../output/core/table';

/** An instant in epoch milliseconds. */
export type Instant = number;

/** A text from elsewhere, such as a container's message, on one line and without space around it. */
export const plain = (text: string): string => oneLine(text).trim();

/** Code and sentence as one text; either may be empty. */
export function because(reason: string, message: string): string {
  const sentence = plain(message);
  if (sentence === '') return reason;
  return reason === '' || sentence.startsWith(reason) ? sentence : `${reason}: ${sentence}`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

/** A length of time in its two largest units: `3d 4h`, `7m 12s`, `0s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first === -1) return '0s';
  const amount = (index: number, of: number): string => {
    const [unit, size] = UNITS[index] ?? ['s', 1];
    return of < size ? '' : ` ${Math.floor(of / size)}${unit}`;
  };
  const rest = seconds % (UNITS[first]?.[1] ?? 1);
  return (amount(first, seconds) + (first + 1 < UNITS.length ? amount(first + 1, rest) : '')).trim();
}

/** A time of the hub to the second, in UTC. */
export const second = (time: string): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** The same without the date when that is today's. */
export function shortTime(time: string, now: Instant): string {
  const whole = second(time);
  return whole.slice(0, 10) === new Date(now).toISOString().slice(0, 10) ? whole.slice(11) : whole;
}

/** `until 10:22:00Z (7m 12s left)`; a time that has passed is due at any moment. */
export function untilText(time: string, now: Instant): string {
  const left = Date.parse(time) - now;
  return `until ${shortTime(time, now)} (${left > 0 ? `${duration(left)} left` : 'due'})`;
}
