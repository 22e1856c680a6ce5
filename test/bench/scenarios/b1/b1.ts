import { onGround } from '../../frame/contestants';
import { memory } from '../../frame/processes';
import type { RawKube } from '../../frame/raw-kube';
import { inTurn } from '../../frame/rounds';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { startArms, type TickArm } from './arms';
import { type Measured, outcomeOf } from './result';
import { cost, ticks } from './tick';

/** Changes of one program before it is another's turn. */
const TURN = 10;

/** Single changes, one at a time, on a quiet cluster: how long from the change to the new pod template. */
export const B1: Scenario = {
  id: 'B1',
  title: 'one change to one restart',
  run: (options: BenchOptions): Promise<Outcome> =>
    onGround(options.say, async (ground) => outcomeOf(await measure(await startArms(ground), ground.kube, options))),
};

async function measure(arms: readonly TickArm[], kube: RawKube, options: BenchOptions): Promise<Measured> {
  const turns = Math.ceil(options.changes / TURN);
  const rounds = await inTurn(arms, { ...options, turns }, (arm) => ticks(arm, TURN));
  const measured: Measured = { changes: turns * TURN, arms: new Map() };
  for (const arm of arms) {
    options.say(`the bill of ${arm.name}`);
    measured.arms.set(arm.name, {
      latencies: (rounds.get(arm.name) ?? []).map((round) => round.flat()),
      cost: await cost(arm, kube, measured.changes),
      memory: Object.entries(arm.processes).map(([process, pid]) => ({ process, ...memory(pid) })),
      changes: arm.site.changes,
      restarts: arm.site.restarts,
    });
  }
  return measured;
}
