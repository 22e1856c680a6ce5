import { startCluster } from '@test/control-plane/start-cluster';
import { describeCalls, sumOf } from '../../frame/api-calls';
import { memory } from '../../frame/processes';
import { RawKube } from '../../frame/raw-kube';
import { inTurn } from '../../frame/rounds';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { startArms, type TickArm, type Undo } from './arms';
import { resultOf } from './result';
import { type Tick, tick } from './tick';

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
      const arms = await startArms({ cluster, undo });
      const ticks = await inTurn(arms, options, async (arm) =>
        told(arm, await tick(arm, kube, options.changes), options),
      );
      return resultOf(ticks, { options, memories: memoriesOf(arms) });
    } finally {
      for (const step of undo) await step();
    }
  },
};

function told({ name }: TickArm, result: Tick, { changes, say }: BenchOptions): Tick {
  const sorted = [...result.latencies].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)]?.toFixed(1);
  say(`  ${name}: p50 ${middle} ms, ${sumOf(result.calls) / changes} calls (${describeCalls(result.calls, changes)})`);
  return result;
}

const memoriesOf = (arms: readonly TickArm[]): ReadonlyMap<string, string> =>
  new Map(
    arms.map(({ name, processes }) => [
      name,
      Object.entries(processes)
        .map(([process, pid]) => {
          const { residentMiB, peakMiB } = memory(pid);
          return `${process} ${residentMiB.toFixed(0)} (peak ${peakMiB.toFixed(0)})`;
        })
        .join(', '),
    ]),
  );
