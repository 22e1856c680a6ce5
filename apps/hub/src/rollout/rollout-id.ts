import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new rollout id: `r-` and a ULID, so that ids sort by the time they were made. @param at epoch milliseconds. */
export function newRolloutId(at: number): string {
  const time = Array.from({ length: 10 }, (_, n) => CROCKFORD[Math.floor(at / 32 ** (9 - n)) % 32]);
  const random = Array.from(randomBytes(16), (byte) => CROCKFORD[byte % 32]);
  return `r-${time.join('')}${random.join('')}`;
}
