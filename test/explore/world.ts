import type { Outcome } from '@app/contracts/wire/agent-messages';
import type { Permit } from '@app/contracts/wire/hub-messages';
import type { Revision } from '@app/contracts/revision';
import type { Order } from '../../apps/agent/src/restart/core/order';
import type { Instant, Rollout, RolloutEvent } from '../../apps/hub/src/rollout/core/model';
import type { Rules } from '@test/rollout/fixtures';

/** A workload as it is in its cluster, where the value of its source lies in clear. */
export type Running = Readonly<{
  uid: string;
  /** The value itself: nothing of it may be found outside of the cluster. */
  value: string;
  want: Revision;
  /** In the pod template. */
  stamp: Revision;
  pods: 'ready' | 'rolling' | 'crashed';
}>;

export type Job = Readonly<{
  order: Order;
  /** null: taken, and not judged yet. */
  follow: Readonly<{ fromStamp: Revision; success: Outcome }> | null;
}>;

type Said<T extends RolloutEvent['type']> = Omit<Extract<RolloutEvent, { type: T }>, 'at'>;
export type News = Said<'acked'> | Said<'progressed'> | Said<'reported'>;

/** What an agent holds: jobs, answers and fences in memory, floors in its cluster. */
export type AgentNow = Readonly<{
  jobs: readonly Job[];
  answers: Readonly<Record<string, News>>;
  fences: Readonly<Record<string, number>>;
  floors: Readonly<Record<string, number>>;
}>;

/** One cluster: what is so, what the hub was told, and its agent. */
export type Site = Readonly<{
  workloads: Readonly<Record<string, Running>>;
  told: Readonly<Record<string, Running>>;
  offlineSince: Instant | null;
  agent: AgentNow;
}>;

export type Down = Readonly<
  { id: string; cluster: string; rollout: string } & ({ permit: Permit } | { permit: null; fence: number })
>;
export type Up = Readonly<{ id: string; cluster: string; rollout: string; news: News }>;

/** What may still go wrong, or be wished, on the way from the start: bounds the walk. */
export type Budget = Readonly<{
  losses: number;
  repeats: number;
  agentCrashes: number;
  hubCrashes: number;
  cuts: number;
  podCrashes: number;
  verbs: number;
  arrivals: number;
}>;

/** Everything there is: hub, wires, clusters. Never changed in place, so that worlds share what they have in common. */
export type World = Readonly<{
  at: Instant;
  rollouts: readonly Rollout[];
  /** When each rollout is to be looked at again. */
  wakeAt: readonly (Instant | null)[];
  sites: Readonly<Record<string, Site>>;
  /** Sorted: whichever comes next, comes next. */
  down: readonly Down[];
  up: readonly Up[];
  /** `cluster workload revision`, in the order in which templates were written. */
  writes: readonly string[];
  /** The same of what was seen ready. */
  ready: readonly string[];
  left: Budget;
}>;

export type Fleet = Readonly<{ title: string; block: string; rules: Rules; budget: Budget }>;

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** With one more frame on the wire, in its place. */
export const put = <T extends { id: string }>(frames: readonly T[], more: readonly T[]): readonly T[] =>
  more.length === 0 ? frames : [...frames, ...more].sort(byId);

export const without = <T>(items: readonly T[], item: T): readonly T[] => {
  const at = items.indexOf(item);
  return [...items.slice(0, at), ...items.slice(at + 1)];
};

export const withSite = (world: World, cluster: string, site: Site): World => ({
  ...world,
  sites: { ...world.sites, [cluster]: site },
});

export function siteOf(world: World, cluster: string): Site {
  const site = world.sites[cluster];
  if (site === undefined) throw new Error(`there is no cluster ${cluster}`);
  return site;
}

export const spend = (world: World, what: keyof Budget): World => ({
  ...world,
  left: { ...world.left, [what]: world.left[what] - 1 },
});
