import { isTerminalRollout } from '@app/contracts/phases';
import type { Rules } from '@test/rollout/fixtures';
import { brokenRules } from '@test/rollout/invariants';
import type { Target } from '../../apps/hub/src/rollout/core/model';
import type { Watch } from './hub';
import { CANARIES } from './moves';
import { type Budget, siteOf, type World } from './world';

/** What the engine did that it never may, in one step. */
export function judging(rules: Rules, broken: string[]): Watch {
  return ({ before, event, fleet, after }, { ready }) => {
    const text = brokenRules({ before, event, fleet, after, rules }, new Set(ready));
    broken.push(...text.map((each) => `${before.id}: ${each}`));
  };
}

/** What the clusters saw that may never be; `outside` is everything that is not in a cluster, as text. */
export const brokenIn = (world: World, outside: string): readonly string[] => [
  ...twice(world),
  ...astray(world),
  ...(outside.includes(CANARIES) ? ['5: a value is outside of its cluster'] : []),
  ...unproved(world),
];

/** Never 2, from the clusters' side: a template is written once for one revision. */
function twice({ writes }: World): readonly string[] {
  const last = writes.at(-1);
  const again = last !== undefined && writes.indexOf(last) !== writes.length - 1;
  return again ? [`2: written twice: ${last}`] : [];
}

/** Never 6: what is sent to a cluster speaks of its own workloads, and so do those that write there. */
function astray(world: World): readonly string[] {
  const sent = world.down.flatMap(({ cluster, permit }) =>
    (permit?.restarts ?? []).filter(({ uid }) => !uid.startsWith(cluster)).map(({ uid }) => `6: ${uid} in ${cluster}`),
  );
  const said = world.up.filter(({ cluster, news }) => news.cluster !== cluster).map(({ id }) => `6: ${id}`);
  return [...sent, ...said];
}

/** Never 7: a rollout that succeeded did so in its clusters. */
function unproved(world: World): readonly string[] {
  return world.rollouts
    .filter(({ phase }) => phase === 'Succeeded')
    .flatMap(({ id, targets }) =>
      targets
        .all()
        .filter(({ phase }) => phase === 'Succeeded')
        .flatMap(({ cluster, restarts }) =>
          restarts
            .filter(({ phase }) => phase === 'Succeeded')
            .map(
              ({ workload, revision }) =>
                `${cluster} ${workload.kind}/${workload.namespace}/${workload.name} ${revision}`,
            )
            .filter((claim) => !world.ready.includes(claim))
            .map((claim) => `7: ${id} succeeded, nobody saw ${claim}`),
        ),
    );
}

/** Never 1, at the end: a workload that does not run what it should is known to somebody. */
export function lost(world: World): readonly string[] {
  const open = world.rollouts.filter(({ phase }) => !isTerminalRollout(phase));
  const unknown = Object.keys(world.sites).flatMap((cluster) =>
    Object.entries(siteOf(world, cluster).workloads)
      .filter(([, { want, stamp, pods }]) => want !== stamp || pods !== 'ready')
      .filter(() => (newestOf(world, cluster)?.phase ?? 'Succeeded') === 'Succeeded')
      .map(([key]) => `1: ${key} of ${cluster} is behind and nobody knows`),
  );
  return [...open.map(({ id, phase, message }) => `1: ${id} is stuck in ${phase}: ${message}`), ...unknown];
}

const newestOf = ({ rollouts }: World, cluster: string): Target | undefined =>
  rollouts.flatMap(({ targets }) => targets.get(cluster) ?? []).at(-1);

/**
 * Never 1: who is given up on although its agent would have answered was forgotten. Not where a frame was lost without
 * its session, which no wire does: there the deadlines are the net.
 */
export function forgotten(before: World, after: World, budget: Budget): readonly string[] {
  if (before.left.losses < budget.losses) return [];
  const silent = ({ phase, message }: Target): boolean => phase === 'Failed' && message.includes('sent no result');
  return after.rollouts.flatMap(({ id, targets }, index) =>
    targets
      .all()
      .filter((target) => silent(target) && before.rollouts[index]?.targets.get(target.cluster)?.phase !== 'Failed')
      .map(({ cluster }) => `1: ${id} gave up on ${cluster}, which would have answered`),
  );
}
