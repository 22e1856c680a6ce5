import type { Outcome, Row } from '../../frame/scenario';
import { median } from '../../frame/statistics';
import type { EngineRate } from './engine';

export type Measured = Readonly<{
  targets: number;
  /** One event per step, and a hundred. */
  single: readonly EngineRate[];
  batched: readonly EngineRate[];
  staged: readonly Readonly<{ ms: number; inOrder: boolean; restarts: number }>[];
  many: readonly Readonly<{ ms: number; rollouts: number; restarts: number }>[];
}>;

const GOAL = 100_000;
const CLUSTERS = 100;
const AT_ONCE_MS = 5000;
const ALONE = { peer: '', floor: '', ratio: '' };

export function asTable({ targets, single, batched, staged, many }: Measured): Outcome {
  const all = median(many.map(({ ms }) => ms));
  const everyEngine = [...single, ...batched];
  return {
    rows: [
      rate(`engine, ${targets} targets, one event per step`, single),
      rate(`engine, ${targets} targets, 100 events per step`, batched),
      {
        ...{ measure: 'one change, 100 clusters in stages of 20, 30 and 50, gathered for 200 ms', ...ALONE },
        ...{ ours: `${median(staged.map(({ ms }) => ms)).toFixed(0)} ms`, target: '', met: null },
      },
      {
        ...{ measure: '100 rollouts at once, one per cluster', ...ALONE, target: `≤ ${AT_ONCE_MS / 1000} s` },
        ...{ ours: `${all.toFixed(0)} ms`, met: all <= AT_ONCE_MS },
      },
    ],
    notes: ['The agents of B11 answer at once, in the process of the hub: what remains is the hub and its Redis.'],
    missed: [
      ...everyEngine
        .filter(({ succeeded }) => succeeded !== targets)
        .map(() => 'a target of the engine did not succeed'),
      ...staged.filter(({ inOrder }) => !inOrder).map(() => 'a stage began before the one before it was over'),
      ...many
        .filter(({ rollouts }) => rollouts !== CLUSTERS)
        .map(({ rollouts }) => `${rollouts} rollouts for 100 clusters`),
      ...[...staged, ...many]
        .filter(({ restarts }) => restarts !== CLUSTERS)
        .map(() => 'not every cluster restarted once'),
    ],
  };
}

function rate(measure: string, rates: readonly EngineRate[]): Row {
  const perSecond = median(rates.map((each) => each.perSecond));
  const ours = `${Math.round(perSecond).toLocaleString('en')}/s`;
  return { measure, ours, ...ALONE, target: '≥ 100,000/s', met: perSecond >= GOAL };
}
