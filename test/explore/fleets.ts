import { keyNamed, NEW, OLD, orderOf, rolloutOf, START } from '@test/rollout/fixtures';
import { rulesOf } from '@test/rollout/scenario-text';
import { happen, type Watch } from './hub';
import { CANARY } from './moves';
import type { Budget, Fleet, Running, Site, World } from './world';

const NOTHING: Budget = {
  losses: 0,
  repeats: 0,
  agentCrashes: 0,
  hubCrashes: 0,
  cuts: 0,
  podCrashes: 0,
  verbs: 0,
  arrivals: 0,
};

const fleet = (title: string, block: string, budget: Partial<Budget>): Fleet => ({
  title,
  block,
  rules: rulesOf(block),
  budget: { ...NOTHING, ...budget },
});

const TWO_WAVES = ['wave one c01 soak=30s', 'wave two c02..c03 concurrency=1 after=one'];
const AT_ONCE = ['wave one c01,c02 failures=1 bounded', 'wave two c03 after=one'];
const RAMPED = ['wave one c01', 'wave two c02..c03 ramp=1x2 after=one'];
const block = (head: string, waves: readonly string[]): string => [head, ...waves].join('\n');

/** Two waves, three clusters, one or two workloads, one or two revisions; each with its own sorts of trouble. */
export const FLEETS: readonly Fleet[] = [
  fleet('wires that lose and repeat', block('new', TWO_WAVES), { losses: 1, repeats: 2, podCrashes: 1 }),
  fleet('agents that die', block('new workloads=web,worker', AT_ONCE), { agentCrashes: 2, podCrashes: 1 }),
  fleet('hubs that die', block('new', RAMPED), { hubCrashes: 2, losses: 1, podCrashes: 1 }),
  fleet('clusters that are cut off', block('new', AT_ONCE), { cuts: 2, agentCrashes: 1, hubCrashes: 1 }),
  fleet('people', block('new', TWO_WAVES), { verbs: 3, podCrashes: 1, repeats: 1 }),
  fleet('a second revision', block('new', AT_ONCE), { arrivals: 1, losses: 1, agentCrashes: 1 }),
  fleet('a second revision of two workloads', block('new workloads=auth,api>auth', TWO_WAVES), {
    arrivals: 1,
    verbs: 1,
    hubCrashes: 1,
  }),
  fleet('everything', block('new retry=2x5s onFailure=continue', AT_ONCE), {
    ...{ losses: 1, repeats: 1, agentCrashes: 1, hubCrashes: 1, cuts: 1, podCrashes: 1, verbs: 1, arrivals: 1 },
  }),
];

/** The world before anything has happened but that the hub woke once. */
export function start({ rules, budget }: Fleet, watch: Watch): World {
  const clusters = rules.waves.flatMap((wave) => wave.clusters);
  const sites = clusters.map((cluster): [string, Site] => [cluster, siteAt(cluster, rules.workloads)]);
  const nothing = { down: [], up: [], writes: [], ready: [], left: budget };
  const world = { at: START, rollouts: [rolloutOf(rules)], wakeAt: [START], sites: Object.fromEntries(sites) };
  return happen({ ...world, ...nothing }, 0, { type: 'woken' }, watch);
}

function siteAt(cluster: string, texts: readonly string[]): Site {
  const entries = texts.map(orderOf).map(({ name }): [string, Running] => {
    return [keyNamed(name), { uid: `${cluster}-${name}`, value: CANARY, want: NEW, stamp: OLD, pods: 'ready' }];
  });
  const workloads = Object.fromEntries(entries);
  return { workloads, told: workloads, offlineSince: null, agent: { jobs: [], answers: {}, fences: {}, floors: {} } };
}
