import { objectKey } from '@app/contracts/objects';
import type { Restart, Rollout, Target, Why } from './model';
import {
  allTargets,
  change,
  isDue,
  isFinished,
  isInFlight,
  isOpen,
  isOver,
  mapRestarts,
  mapTargets,
  namesText,
} from './state';

/** Some workloads of the rollout wait for others in whatever cluster. */
export const hasFleetOrder = ({ spec }: Pick<Rollout, 'spec'>): boolean =>
  spec.workloadOrder.some(({ scope }) => scope === 'fleet');

/** Records with every workload that waits for others over the fleet whether it still has to, and for whom. */
export function holdFleet(rollout: Rollout): Rollout {
  if (!hasFleetOrder(rollout)) return rollout;
  const accepted = new Set(rollout.acceptedFailures);
  const missing = rollout.spec.workloadOrder.map((rule, index) =>
    rule.scope === 'fleet' ? missingFor(rollout, index, accepted) : NOTHING,
  );
  return mapTargets(rollout, (target) =>
    mapRestarts(target, (restart) => {
      const why = isOver(restart) || restart.revision !== null ? undefined : heldBy(restart, missing);
      if (why === undefined) return freed(restart);
      return change(restart, { held: restart.held?.message === why.message ? restart.held : why });
    }),
  );
}

type Missing = Readonly<{ open: readonly string[]; failed: readonly string[] }>;
const NOTHING: Missing = { open: [], failed: [] };

/** Of the first ones of a rule those that are not through; one whose failure was accepted is. */
function missingFor(rollout: Rollout, rule: number, accepted: ReadonlySet<string>): Missing {
  const firsts = allTargets(rollout).flatMap((target) =>
    target.restarts.filter(({ fleet }) => fleet?.first.includes(rule)).map((restart) => ({ target, restart })),
  );
  const named = ({ target, restart }: (typeof firsts)[number]): string =>
    `${target.cluster}/${objectKey(restart.workload)}`;
  return {
    open: firsts.filter(({ restart }) => !isOver(restart)).map(named),
    failed: firsts
      .filter(
        ({ target, restart }) =>
          restart.phase === 'Failed' && target.phase !== 'Skipped' && !accepted.has(target.cluster),
      )
      .map(named),
  };
}

function heldBy({ fleet }: Restart, missing: readonly Missing[]): Why | undefined {
  const rules = (fleet?.after ?? []).map((rule) => missing[rule] ?? NOTHING);
  const failed = [...new Set(rules.flatMap((rule) => rule.failed))];
  if (failed.length > 0) return { reason: 'PredecessorFailed', message: `waits for what failed: ${namesText(failed)}` };
  const open = [...new Set(rules.flatMap((rule) => rule.open))];
  return open.length > 0 ? { reason: 'FleetOrder', message: `waits for ${namesText(open)}` } : undefined;
}

function freed(restart: Restart): Restart {
  if (restart.held === undefined) return restart;
  const { held: _held, ...free } = restart;
  return free;
}

/** What a target waits for of which nothing is ready. */
export const orderWait = (target: Target): Why =>
  target.restarts.find(({ held }) => held !== undefined)?.held ?? {
    reason: 'Order',
    message: 'its workloads wait for each other',
  };

/**
 * Everything that is left waits for workloads that will not get their turn, or have failed: nothing moves by itself. A
 * wave whose turn it is may bring what others wait for, now or once its gates are passed.
 */
export function deadlock(rollout: Rollout): Why | null {
  if (!hasFleetOrder(rollout)) return null;
  const targets = allTargets(rollout);
  const begun = rollout.waves.filter((wave) => wave.startedAt !== null && !isFinished(wave) && wave.phase !== 'Failed');
  const names = new Set(begun.map(({ name }) => name));
  const waiting = targets.filter((target) => names.has(target.wave) && isOpen(target) && target.phase !== 'Deferred');
  const isStill = begun.every(({ phase }) => phase === 'Active') && !targets.some(isInFlight);
  if (rollout.waves.some((wave) => isDue(rollout, wave))) return null;
  if (!isStill || waiting.length === 0 || !waiting.every(isHeld)) return null;
  const [first] = waiting.filter((target) => orderWait(target).reason === 'PredecessorFailed').concat(waiting);
  return first === undefined ? null : nothingGoesOn(first);
}

const nothingGoesOn = (target: Target): Why => ({
  reason: 'Deadlock',
  message: `nothing can go on: ${target.cluster} ${orderWait(target).message}`,
});

/** All that is left of it is held, or waits for what is. */
export function isHeld({ restarts }: Target): boolean {
  const left = restarts.filter((restart) => !isOver(restart));
  const open = new Set(left.map(({ workload }) => objectKey(workload)));
  return left.length > 0 && left.every(({ held, after }) => held !== undefined || after.some((key) => open.has(key)));
}
