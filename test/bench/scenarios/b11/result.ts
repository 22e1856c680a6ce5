import type { Outcome, Row } from '../../frame/scenario';
import { median } from '../../frame/statistics';
import type { EngineRate } from './engine';

export type Measured = Readonly<{
  /** 1,000 targets and one event per step; a hundred; 10,000 targets and one event per step. */
  engines: Readonly<Record<'single' | 'batched' | 'large', readonly EngineRate[]>>;
  staged: readonly Readonly<{ ms: number; inOrder: boolean; restarts: number }>[];
  many: readonly Readonly<{ ms: number; rollouts: number; restarts: number }>[];
}>;

const GOAL = 100_000;
const CLUSTERS = 100;
const MOST_GROWTH = 1.2;
const AT_ONCE_MS = 5000;
const ALONE = { peer: '', floor: '', ratio: '' };

export function asTable({ engines, staged, many }: Measured): Outcome {
  const all = median(many.map(({ ms }) => ms));
  return {
    rows: [
      rate('engine, 1,000 targets, one event per step', engines.single),
      rate('engine, 1,000 targets, 100 events per step', engines.batched),
      rate('engine, 10,000 targets, one event per step', engines.large),
      growth(engines.single),
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
      ...Object.values(engines)
        .flat()
        .filter(({ missed }) => missed > 0)
        .map(({ missed }) => `${missed} targets of the engine did not succeed`),
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

/** Rollouts do not cost more the longer they are under way. */
function growth(rates: readonly EngineRate[]): Row {
  const times = median(rates.map((each) => each.growth));
  const measure = 'engine, an event in the last quarter of a rollout by one in the first';
  return { measure, ours: times.toFixed(2), ...ALONE, target: `≤ ${MOST_GROWTH}`, met: times <= MOST_GROWTH };
}
