import { asTable } from './result';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { engineRate } from './engine';
import { StagedFleet } from './fleet';

const TARGETS = 1000;
const LARGE = 10_000;

/** The engine alone, and one hub that takes a hundred clusters through three stages. */
export const B11: Scenario = {
  id: 'B11',
  title: 'a hundred clusters in stages; events per second of the engine',
  async run({ rounds, say }: BenchOptions): Promise<Outcome> {
    engineRate(TARGETS, 1); // a warm-up
    const single = Array.from({ length: rounds }, () => engineRate(TARGETS, 1));
    const batched = Array.from({ length: rounds }, () => engineRate(TARGETS, 100));
    const large = Array.from({ length: rounds }, () => engineRate(LARGE, 1));
    const fleet = await StagedFleet.start();
    try {
      await fleet.rollout(0);
      const staged = [];
      for (let round = 1; round <= rounds; round += 1) {
        say(`round ${round}`);
        staged.push(await fleet.rollout(round));
      }
      const many = [];
      for (let round = 1; round <= rounds; round += 1) many.push(await fleet.atOnce(rounds + round));
      return asTable({ engines: { single, batched, large }, staged, many });
    } finally {
      await fleet.stop();
    }
  },
};
