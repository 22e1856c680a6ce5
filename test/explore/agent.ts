import { objectKey } from '@app/contracts/objects';
import type { Outcome } from '@app/contracts/wire/agent-messages';
import type { WorkloadLook } from '../../apps/agent/src/inventory/workbench.port';
import { judge } from '../../apps/agent/src/restart/core/judge';
import type { Order } from '../../apps/agent/src/restart/core/order';
import { progressOf } from '../../apps/agent/src/restart/core/progress';
import { ordersOf } from '../../apps/agent/src/restart/permit.service';
import {
  type AgentNow,
  type Down,
  type Job,
  type News,
  put,
  type Running,
  siteOf,
  withSite,
  type World,
} from './world';

/** A world in which one agent is looked at; what it does is done to the world. */
type At = Readonly<{ world: World; cluster: string }>;

const agentOf = ({ world, cluster }: At): AgentNow => siteOf(world, cluster).agent;

const withAgent = ({ world, cluster }: At, patch: Partial<AgentNow>): World => {
  const site = siteOf(world, cluster);
  return withSite(world, cluster, { ...site, agent: { ...site.agent, ...patch } });
};

/** On the wire to the hub, unless that is cut. */
export function say({ world, cluster }: At, rollout: string, news: News): World {
  if (siteOf(world, cluster).offlineSince !== null) return world;
  const detail =
    news.type === 'acked' ? '' : `${news.workload} ${news.type === 'reported' ? news.outcome : news.phase}`;
  const id = `${rollout} ${cluster} ${news.attempt} ${news.type} ${detail}`;
  return { ...world, up: put(world.up, [{ id, cluster, rollout, news }]) };
}

/** A frame of the hub arrives: as `PermitService` and the order book take it in. */
export function receive(world: World, frame: Down): World {
  const { cluster, rollout } = frame;
  if (frame.permit === null) {
    const { floors } = agentOf({ world, cluster });
    const floor = Math.max(floors[rollout] ?? 0, frame.fence);
    return withAgent({ world, cluster }, { floors: { ...floors, [rollout]: floor } });
  }
  const { attempt } = frame.permit;
  const acked = say({ world, cluster }, rollout, { type: 'acked', cluster, attempt });
  return ordersOf(frame.permit).reduce((next, order) => taken({ world: next, cluster }, order), acked);
}

const fenceKey = ({ rollout, workload }: Order): string => `${rollout}/${objectKey(workload)}`;

function taken(at: At, order: Order): World {
  const { jobs, answers, fences } = agentOf(at);
  const answer = answers[order.id];
  if (answer !== undefined) return say(at, order.rollout, answer);
  if (jobs.some((job) => job.order.id === order.id)) return at.world;
  const key = fenceKey(order);
  const fence = Math.max(fences[key] ?? 0, order.terms?.fence ?? 0);
  return withAgent(at, { jobs: [...jobs, { order, follow: null }], fences: { ...fences, [key]: fence } });
}

const DESIRED = 1;

function lookOf(running: Running | undefined, key: string): WorkloadLook | undefined {
  if (running === undefined) return undefined;
  const [kind, namespace, name] = key.split('/');
  const up = running.pods === 'ready' ? DESIRED : 0;
  const deadlineExceeded = running.pods === 'crashed' ? 'its pods crash' : '';
  const pods = { desired: DESIRED, total: DESIRED, updated: DESIRED, ready: up, available: up, partition: 0 };
  const marks = { oneRevision: true, onDelete: false, paused: false, suspended: false, manual: false };
  const status = { kind, generation: 1, observed: 1, ...pods, ...marks, health: '', end: null, deadlineExceeded };
  const { uid, stamp, want } = running;
  const ref = { kind, namespace, name };
  const record = {
    ref,
    uid,
    stamp,
    forced: null,
    carrier: 'template',
    pause: null,
    status: { ...status, rolledAt: null },
  };
  const look: unknown = { record, reckoning: { want, have: stamp }, members: [] };
  return look as WorkloadLook; // judge and progressOf read nothing else
}

/** The turn of a job that was taken: judged, and then written, followed or answered. */
export function turn(at: At, job: Job): World {
  const { order } = job;
  const key = objectKey(order.workload);
  const site = siteOf(at.world, at.cluster);
  const running = site.workloads[key];
  const guards = {
    floor: site.agent.floors[order.rollout] ?? 0,
    maxHubEpoch: 1,
    lastFence: site.agent.fences[fenceKey(order)] ?? 0,
    hubNow: at.world.at,
    forcedAllowed: false,
  };
  const verdict = judge(order, lookOf(running, key), guards);
  if (verdict.do === 'answer') return finish(at, job, verdict);
  if (running === undefined) throw new Error('a workload that is gone is answered for');
  const following = (success: Outcome): World => {
    const follow = { fromStamp: running.stamp, success };
    return withAgent(at, { jobs: site.agent.jobs.map((each) => (each === job ? { ...each, follow } : each)) });
  };
  if (verdict.do === 'follow') return looked({ ...at, world: following('ALREADY_APPLIED') }, key);
  const wrote = { ...following('APPLIED'), writes: [...at.world.writes, `${at.cluster} ${key} ${order.toRevision}`] };
  const rolling = withRunning({ ...at, world: wrote }, key, { ...running, stamp: order.toRevision, pods: 'rolling' });
  const { attempt } = order;
  const progress = { type: 'progressed', cluster: at.cluster, attempt, workload: key, phase: 'RollingOut' } as const;
  const told = say({ ...at, world: rolling }, order.rollout, { ...progress, message: 'its pods are being replaced' });
  return looked({ ...at, world: told }, key);
}

function withRunning({ world, cluster }: At, key: string, running: Running): World {
  const site = siteOf(world, cluster);
  return withSite(world, cluster, { ...site, workloads: { ...site.workloads, [key]: running } });
}

/** The pods of a workload come to their end, whether or not anybody looks. */
export function podsEnd(at: At, key: string, pods: 'ready' | 'crashed'): World {
  const running = siteOf(at.world, at.cluster).workloads[key];
  if (running === undefined) return at.world;
  const ended = withRunning(at, key, { ...running, pods });
  const seen = `${at.cluster} ${key} ${running.stamp}`;
  const world = pods === 'ready' && !ended.ready.includes(seen) ? { ...ended, ready: [...ended.ready, seen] } : ended;
  return looked({ ...at, world }, key);
}

/** As the follower does at each new version of the workload. */
function looked(at: At, key: string): World {
  return agentOf(at).jobs.reduce((world, job) => {
    const { order, follow } = job;
    if (follow === null || objectKey(order.workload) !== key) return world;
    const look = lookOf(siteOf(world, at.cluster).workloads[key], key);
    const progress = progressOf({ uid: order.uid, toRevision: order.toRevision, ...follow }, look);
    return progress.ended ? finish({ ...at, world }, job, progress) : world;
  }, at.world);
}

type Ending = Readonly<{ outcome: Outcome; reason: string; message: string }>;

function finish(at: At, { order }: Job, { outcome, reason, message }: Ending): World {
  const { cluster } = at;
  const { attempt, toRevision: revision } = order;
  const said = { cluster, attempt, workload: objectKey(order.workload), outcome, reason, message, revision };
  const news = { type: 'reported', ...said, startedAt: null } as const;
  const { jobs, answers } = agentOf(at);
  const rest = jobs.filter((job) => job.order.id !== order.id);
  const world = withAgent(at, { jobs: rest, answers: { ...answers, [order.id]: news } });
  return say({ ...at, world }, order.rollout, news);
}

/** What was in memory is gone, floors are read again; what is on the wires is lost with the session. */
export function crash(at: At): World {
  const { up, down } = at.world;
  const world = withAgent(at, { jobs: [], answers: {}, fences: {} });
  const elsewhere = ({ cluster }: { cluster: string }): boolean => cluster !== at.cluster;
  return { ...world, up: up.filter(elsewhere), down: down.filter(elsewhere) };
}
