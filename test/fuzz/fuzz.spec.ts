import fc from 'fast-check';
import { setting } from '@test/environment';
import { TARGETS } from './targets';

/** `npm run fuzz` feeds a million; the tests only a sample, another one each time. */
const INPUTS = Number(setting('FUZZ_INPUTS') ?? 1000);
const SEED = Number(setting('FUZZ_SEED') ?? Date.now() % 2 ** 31);
const LIMIT_MS = 15 * 60_000;
/** As RSS, beside what the inputs were at the start: nothing that is read stays. */
const MOST_GROWTH_BYTES = 512 * 1024 * 1024;

const share = Math.ceil(INPUTS / TARGETS.length);

describe('what anyone may write, fed to the parsers of the agent', () => {
  it.each(TARGETS)(
    'breaks nothing: $name',
    async ({ name, property }) => {
      const before = process.memoryUsage().rss;
      const started = Date.now();
      await fc.assert(property, { numRuns: share, seed: SEED });
      if (setting('FUZZ_INPUTS'))
        process.stderr.write(`${name}: ${share} inputs, seed ${SEED}, ${(Date.now() - started) / 1000} s\n`);
      expect(process.memoryUsage().rss - before).toBeLessThan(MOST_GROWTH_BYTES);
    },
    LIMIT_MS,
  );
});
