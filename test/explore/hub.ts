import { isTerminalRollout } from '@app/contracts/phases';
import { permitsFor } from '../../apps/hub/src/dispatch/core/permit';
import { newRollout, newTarget } from '../../apps/hub/src/rollout/core/create';
import type { ClusterNow, FleetNow, WorkloadNow } from '../../apps/hub/src/rollout/core/fleet-now';
import type { Effect, Rollout, RolloutEvent, Step } from '../../apps/hub/src/rollout/core/model';
import { step } from '../../apps/hub/src/rollout/core/step';
import { planOf, policyOf, revisionOf, type Rules, targetPlan } from '@test/rollout/fixtures';
import { reloaded } from '@test/rollout/reloaded';
import { type Down, put, type Site, siteOf, type World } from './world';

/** An event as it is written here; the hub gives it the time. */
export type NewEvent = RolloutEvent extends infer E ? (E extends { at: number } ? Omit<E, 'at'> : never) : never;

/** Told of each step of the engine with all that it was given. */
export type Watch = (
  moment: Readonly<{ before: Rollout; event: RolloutEvent; fleet: FleetNow; after: Step }>,
  world: World,
) => void;

export const NEWER = revisionOf('newer');

const known = new WeakMap<Site, ClusterNow>();

function clusterNow(site: Site): ClusterNow {
  const made = known.get(site) ?? clusterOf(site);
  known.set(site, made);
  return made;
}

function clusterOf({ told, offlineSince }: Site): ClusterNow {
  const workloads = Object.entries(told).map(([key, { uid, want, stamp }]): [string, WorkloadNow] => {
    return [key, { uid, ignored: false, want, have: stamp, source: want, had: stamp }];
  });
  return {
    connection: offlineSince === null ? 'online' : 'offline',
    offlineSince,
    toldAt: Infinity,
    drained: false,
    holds: [],
    windows: [],
    workloads: Object.fromEntries(workloads),
  };
}

/** What the hub knows, which may be less than what is so. */
export const fleetNow = (world: World): FleetNow => ({
  clusters: Object.fromEntries(Object.entries(world.sites).map(([name, site]) => [name, clusterNow(site)])),
});

/** One event through the real engine; what it wants sent is put on the wires. */
export function happen(world: World, index: number, event: NewEvent, watch: Watch): World {
  const before = world.rollouts[index];
  if (before === undefined) throw new Error('there is no such rollout');
  return moved(world, index, { before, event: { ...event, at: world.at } as RolloutEvent }, watch);
}

type Given = Readonly<{ before: Rollout; event: RolloutEvent }>;

function moved(world: World, index: number, { before, event }: Given, watch: Watch): World {
  const fleet = fleetNow(world);
  const after = step(before, event, fleet);
  watch({ before, event, fleet, after }, world);
  const rollouts = [...world.rollouts];
  rollouts[index] = after.rollout;
  const wakeAt = [...world.wakeAt];
  wakeAt[index] = after.wakeAt;
  const next: World = { ...world, rollouts, wakeAt };
  return after.effects.reduce((sent, effect) => carriedOut(sent, after.rollout, effect), next);
}

/** As the dispatcher: frames are made from the stored state alone, and nobody keeps one for who has no session. */
function carriedOut(world: World, rollout: Rollout, effect: Effect): World {
  if (effect.type === 'announce' || siteOf(world, effect.cluster).offlineSince !== null) return world;
  if (effect.type === 'dispatch') return sendPermits(world, rollout, effect.cluster);
  const { cluster, fence } = effect;
  const frame = { id: `${cluster} ${rollout.id} cancel ${fence}`, cluster, rollout: rollout.id, permit: null, fence };
  return { ...world, down: put(world.down, [frame]) };
}

function sendPermits(world: World, rollout: Rollout, cluster: string): World {
  if (isTerminalRollout(rollout.phase)) return world;
  const frames = permitsFor(rollout, cluster, { hubEpoch: 1, at: world.at }).map((permit): Down => {
    const restarts = permit.restarts.map(({ permit: id, toRevision }) => `${id}=${toRevision}`).join();
    return { id: `${cluster} ${restarts} ${permit.notAfter}`, cluster, rollout: rollout.id, permit };
  });
  return { ...world, down: put(world.down, frames) };
}

/** A session is up: the agent has told everything, the hub sends whatever may not have arrived. */
export function reconnected(world: World, cluster: string): World {
  const site = siteOf(world, cluster);
  const told = { ...site, offlineSince: null, told: site.workloads };
  const back = { ...world, sites: { ...world.sites, [cluster]: told } };
  const sent = world.rollouts.reduce((next, rollout) => sendPermits(next, rollout, cluster), back);
  return world.rollouts.reduce((next, rollout) => revokedAgain(next, rollout, cluster), sent);
}

/** Revocations that may not have reached the cluster; the hub keeps them until they must have. */
function revokedAgain(world: World, rollout: Rollout, cluster: string): World {
  const target = rollout.targets.get(cluster);
  if (target?.stop === undefined || target.attempt === 0) return world;
  const fence = rollout.lineage * 1000 + target.attempt;
  const frame = { id: `${cluster} ${rollout.id} cancel ${fence}`, cluster, rollout: rollout.id, permit: null, fence };
  return { ...world, down: put(world.down, [frame]) };
}

/** As the store gives it back; what is frozen in it stays shared, so that many such worlds fit into memory. */
const reread = (rollout: Rollout): Rollout => ({ ...reloaded(rollout), spec: rollout.spec, cause: rollout.cause });

/** The hub dies and another one goes on with what is stored: nothing that was only in memory may matter. */
export function restarted(world: World, watch: Watch): World {
  const rollouts = world.rollouts.map(reread);
  const lost: World = { ...world, rollouts, down: [], up: [] };
  const online = Object.keys(world.sites).filter((name) => siteOf(world, name).offlineSince === null);
  const back = online.reduce((next, name) => reconnected(next, name), lost);
  return wokenAll(back, watch);
}

export const wokenAll = (world: World, watch: Watch): World =>
  world.rollouts.reduce(
    (next, { phase }, index) => (isTerminalRollout(phase) ? next : happen(next, index, { type: 'woken' }, watch)),
    world,
  );

/** Clusters that told of the newest revision, and are in no rollout for it. */
const uncovered = (world: World): readonly string[] =>
  Object.keys(world.sites).filter((name) => {
    const behind = Object.values(siteOf(world, name).told).some(({ want, stamp }) => want === NEWER && stamp !== NEWER);
    return behind && !world.rollouts.some(({ targets }) => targets.get(name)?.expected === NEWER);
  });

/** A rollout of the newest revision, over the clusters that told of it; the one before is superseded by it. Null: no need. */
export function planned(world: World, rules: Rules, watch: Watch): World | null {
  const clusters = uncovered(world);
  if (clusters.length === 0) return null;
  const before = world.rollouts.length - 1;
  const draft = newerRollout(world, rules, clusters);
  const event = { type: 'woken', at: world.at } as const;
  const more = { ...world, rollouts: [...world.rollouts, draft], wakeAt: [...world.wakeAt, world.at] };
  const made = moved(more, before + 1, { before: draft, event }, watch);
  if (isTerminalRollout(made.rollouts[before]?.phase ?? 'Succeeded')) return made;
  return happen(made, before, { type: 'superseded', by: draft.id }, watch);
}

function newerRollout(world: World, rules: Rules, clusters: readonly string[]): Rollout {
  const plan = planOf(rules);
  const waves = plan.waves.map((wave) => ({
    ...wave,
    targets: wave.targets
      .filter(({ cluster }) => clusters.includes(cluster))
      .map((target) => ({ ...target, to: NEWER })),
  }));
  const [first] = world.rollouts;
  if (first === undefined) throw new Error('nothing comes before');
  const { policy, cause } = first;
  const lineage = world.rollouts.length + 1;
  const given = { policy, cause, spec: policyOf(rules), plan: { ...plan, waves }, planHash: 'hash', draft: null };
  return newRollout({ ...given, id: `r${lineage}`, lineage, at: world.at });
}

/** A cluster tells where it stands; if that is news to the open rollout of the newest revision, it joins. */
export function told(world: World, cluster: string, rules: Rules, watch: Watch): World {
  const site = siteOf(world, cluster);
  const next = { ...world, sites: { ...world.sites, [cluster]: { ...site, told: site.workloads } } };
  const last = next.rollouts.length - 1;
  const open = last > 0 && !isTerminalRollout(next.rollouts[last]?.phase ?? 'Succeeded');
  if (!open || !uncovered(next).includes(cluster)) return next;
  const wave = rules.waves.find(({ clusters }) => clusters.includes(cluster))?.name ?? '';
  const target = newTarget({ ...targetPlan(cluster, rules.workloads), to: NEWER }, wave);
  return happen(next, last, { type: 'joined', targets: [target] }, watch);
}
