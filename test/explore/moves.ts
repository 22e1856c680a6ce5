import { isTerminalRollout } from '@app/contracts/phases';
import type { Rules } from '@test/rollout/fixtures';
import { crash, podsEnd, receive, turn } from './agent';
import { happen, NEWER, type NewEvent, planned, reconnected, restarted, told, type Watch, wokenAll } from './hub';
import { type Budget, siteOf, spend, withSite, without, type World } from './world';

/** One thing that may happen next. Equal worlds have equal moves, in equal order. */
export type Move = Readonly<{ name: string; make: (watch: Watch) => World }>;

const BY = { actor: 'ann', why: '' } as const;

/** Everything that may happen next; what goes wrong only as often as the budget lets it. */
export const movesOf = (world: World, rules: Rules): readonly Move[] => [
  ...onWires(world),
  ...Object.keys(world.sites).flatMap((cluster) => inCluster(world, cluster, rules)),
  ...inHub(world, rules),
  ...verbs(world, rules),
];

const has = (world: World, what: keyof Budget): boolean => world.left[what] > 0;
const inOrder = (frames: readonly { id: string }[], at: number): boolean => frames[at - 1]?.id !== frames[at]?.id;

/** Any frame may be next: wires keep no order. Equal frames are the same move. */
function onWires(world: World): readonly Move[] {
  const down = world.down.filter((_, at) => inOrder(world.down, at));
  const up = world.up.filter((_, at) => inOrder(world.up, at));
  const indexOf = (id: string): number => world.rollouts.findIndex((rollout) => rollout.id === id);
  return [
    ...down.flatMap((frame): readonly Move[] => {
      const rest = { ...world, down: without(world.down, frame) };
      return fates(`to ${frame.id}`, { world, rest }, (next) => receive(next, frame));
    }),
    ...up.flatMap((frame): readonly Move[] => {
      const rest = { ...world, up: without(world.up, frame) };
      return fates(`from ${frame.id}`, { world, rest }, (next, watch) =>
        happen(next, indexOf(frame.rollout), frame.news, watch),
      );
    }),
  ];
}

type Fates = Readonly<{ world: World; rest: World }>;

function fates(name: string, { world, rest }: Fates, arrive: (next: World, watch: Watch) => World): readonly Move[] {
  return [
    { name, make: (watch) => arrive(rest, watch) },
    ...(has(world, 'losses') ? [{ name: `lost ${name}`, make: () => spend(rest, 'losses') }] : []),
    ...(has(world, 'repeats')
      ? [{ name: `twice ${name}`, make: (watch: Watch) => spend(arrive(world, watch), 'repeats') }]
      : []),
  ];
}

function inCluster(world: World, cluster: string, rules: Rules): readonly Move[] {
  const site = siteOf(world, cluster);
  const { agent, workloads, offlineSince } = site;
  const at = { world, cluster };
  const turns = agent.jobs
    .filter(({ follow }) => follow === null)
    .map((job): Move => ({ name: `turn ${cluster} ${job.order.id}`, make: () => turn(at, job) }));
  const pods = Object.entries(workloads).flatMap(([key, running]): readonly Move[] => {
    if (running.pods === 'ready') return [];
    const ready = { name: `ready ${cluster} ${key}`, make: () => podsEnd(at, key, 'ready') };
    const crashed = { name: `crashed ${cluster} ${key}`, make: () => spend(podsEnd(at, key, 'crashed'), 'podCrashes') };
    return running.pods === 'rolling' && has(world, 'podCrashes') ? [ready, crashed] : [ready];
  });
  const isBusy = Object.keys(agent.answers).length > 0 || agent.jobs.length > 0;
  const dies = has(world, 'agentCrashes') && isBusy;
  const news = offlineSince === null && site.told !== workloads;
  return [
    ...turns,
    ...pods,
    ...(news ? [{ name: `tells ${cluster}`, make: (watch: Watch) => told(world, cluster, rules, watch) }] : []),
    ...(dies
      ? [{ name: `dies ${cluster}`, make: (watch: Watch) => spend(died(world, cluster, rules, watch), 'agentCrashes') }]
      : []),
    ...wire(world, cluster, rules),
  ];
}

/** Another one takes its place: what was in memory is gone; it tells everything, and is sent what is open. */
function died(world: World, cluster: string, rules: Rules, watch: Watch): World {
  const gone = crash({ world, cluster });
  if (siteOf(world, cluster).offlineSince !== null) return gone;
  return told(reconnected(gone, cluster), cluster, rules, watch);
}

function wire(world: World, cluster: string, rules: Rules): readonly Move[] {
  const site = siteOf(world, cluster);
  if (site.offlineSince !== null) {
    const joins = (watch: Watch): World => told(reconnected(world, cluster), cluster, rules, watch);
    return [{ name: `back ${cluster}`, make: joins }];
  }
  if (!has(world, 'cuts')) return [];
  const elsewhere = (frame: { cluster: string }): boolean => frame.cluster !== cluster;
  const cut = { ...world, down: world.down.filter(elsewhere), up: world.up.filter(elsewhere) };
  const make = (): World => spend(withSite(cut, cluster, { ...site, offlineSince: world.at }), 'cuts');
  return [{ name: `cut ${cluster}`, make }];
}

function inHub(world: World, rules: Rules): readonly Move[] {
  const waits = world.wakeAt.flatMap((at) => at ?? []);
  const newer = (watch: Watch): World => planned(world, rules, watch) ?? world;
  return [
    ...(waits.length > 0 ? [{ name: 'timer', make: (watch: Watch) => timer(world, watch) }] : []),
    ...(has(world, 'hubCrashes')
      ? [{ name: 'hub dies', make: (watch: Watch) => spend(restarted(world, watch), 'hubCrashes') }]
      : []),
    ...(world.left.arrivals === 0 ? [{ name: 'plan', make: newer }] : []),
    ...(has(world, 'arrivals') ? [{ name: 'arrives', make: () => spend(arrived(world), 'arrivals') }] : []),
  ];
}

/** Sweeps that change nothing are passed over: to the next instant at which time alone does something. */
const MOST_SWEEPS = 60;

export function timer(world: World, watch: Watch): World {
  let next = world;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    const dues = next.wakeAt.flatMap((at) => at ?? []);
    if (dues.length === 0) return next;
    const woken = wokenAll({ ...next, at: Math.max(next.at, Math.min(...dues)) }, watch);
    const same = woken.rollouts.every((rollout, index) => rollout === next.rollouts[index]);
    next = woken;
    if (!same) return next;
  }
  return next;
}

/** The source of all clusters gets its second value. */
function arrived(world: World): World {
  return Object.entries(world.sites).reduce((next, [cluster, site]) => {
    const workloads = Object.entries(site.workloads).map(([key, running]) => {
      return [key, { ...running, value: CANARY_2, want: NEWER }] as const;
    });
    return withSite(next, cluster, { ...site, workloads: Object.fromEntries(workloads) });
  }, world);
}

/** Values in clear: to be found in the clusters and nowhere else. */
export const CANARY = 'hunter2-the-first';
const CANARY_2 = 'hunter2-the-second';
export const CANARIES = 'hunter2';

function verbs(world: World, rules: Rules): readonly Move[] {
  if (!has(world, 'verbs')) return [];
  const [cluster = ''] = rules.waves[0]?.clusters ?? [];
  const events: readonly NewEvent[] = [
    { type: 'paused', ...BY },
    { type: 'resumed', acceptFailures: false, ...BY },
    { type: 'resumed', acceptFailures: true, ...BY },
    { type: 'cancelled', ...BY },
    { type: 'retried', ...BY },
    { type: 'skipped', wave: null, cluster, ...BY },
    { type: 'started', ...BY },
  ];
  return world.rollouts.flatMap(({ id, phase }, index) =>
    isTerminalRollout(phase)
      ? []
      : events.map((event, at) => ({
          name: `verb ${event.type} ${at} of ${id}`,
          make: (watch: Watch) => acted(world, index, event, watch),
        })),
  );
}

/** A verb that changes nothing is none. */
function acted(world: World, index: number, event: NewEvent, watch: Watch): World {
  const next = happen(world, index, event, watch);
  return next.rollouts[index] === world.rollouts[index] ? world : spend(next, 'verbs');
}
