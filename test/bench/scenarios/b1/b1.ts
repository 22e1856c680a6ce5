import { startCluster } from '@test/control-plane/start-cluster';
import { memory } from '../../frame/processes';
import { RawKube } from '../../frame/raw-kube';
import { inTurn } from '../../frame/rounds';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { startArms, type TickArm, type Undo } from './arms';
import { type Measured, outcomeOf } from './result';
import { cost, ticks } from './tick';

/** Changes of one program before it is another's turn. */
const TURN = 10;

/** Single changes, one at a time, on a quiet cluster: how long from the change to the new pod template. */
export const B1: Scenario = {
  id: 'B1',
  title: 'one change to one restart',
  async run(options: BenchOptions): Promise<Outcome> {
    const undo: Undo = [];
    try {
      options.say('starting an API server and the programs');
      const cluster = await startCluster('bench', { bare: true });
      undo.unshift(() => cluster.stop());
      const kube = new RawKube(cluster.url, cluster.token);
      undo.unshift(() => kube.close());
      return outcomeOf(await measure(await startArms({ cluster, undo }), kube, options));
    } finally {
      for (const step of undo) await step();
    }
  },
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
