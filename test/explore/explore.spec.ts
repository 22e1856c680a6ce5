import { setting } from '@test/environment';
import { FLEETS } from './fleets';
import { storyOf } from './story';
import { walk } from './walk';

/** `npm run explore` walks through a million states, the tests through fewer. */
const STATES = Number(setting('EXPLORE_STATES') ?? 12_000);
const LIMIT_MS = 30 * 60_000;
const share = Math.ceil(STATES / FLEETS.length);

describe('everything that may happen to a small fleet', () => {
  it.each(FLEETS)(
    'breaks none of the seven rules: $title',
    (fleet) => {
      const started = Date.now();
      const walked = walk(fleet, share);
      const { states, moves, goodWay, depth, whole, healed, counterexample } = walked;
      const seconds = (Date.now() - started) / 1000;
      if (setting('EXPLORE_STATES'))
        process.stderr.write(
          `${fleet.title}: ${states} states${whole ? ' (all there are)' : ''}, ${moves} moves, ` +
            `up to ${depth} steps from a way of ${goodWay}, ${healed} healed, ${seconds} s\n`,
        );
      if (counterexample !== null) throw new Error(storyOf(fleet, counterexample));
    },
    LIMIT_MS,
  );
});
