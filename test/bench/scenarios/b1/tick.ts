import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiCalls, apiCalls, callsBetween } from '../../frame/api-calls';
import { children, cpuMs, cpuOf } from '../../frame/processes';
import type { RawKube } from '../../frame/raw-kube';
import type { TickArm } from './arms';

const EVERY_MS = 200;
/** What a restart leads to (answers, Events, state that is written behind) belongs to the round that caused it. */
const AFTERMATH_MS = 1_500;

export type Tick = Readonly<{
  /** ms from change to patched, of the changes that were carried out. */
  latencies: readonly number[];
  missed: number;
  /** Restarts that nobody's change asked for. */
  surplus: number;
  /** Processor time per change by process, ms. `server` is the API server with its store. */
  cpu: Readonly<Record<string, number>>;
  /** Calls of the program under test alone. */
  calls: ApiCalls;
}>;

/** One round: so many single changes at an even pace. */
export async function tick(arm: TickArm, kube: RawKube, changes: number): Promise<Tick> {
  const { site } = arm;
  const before = { restarts: site.restarts, calls: await apiCalls(kube), cpu: cpuByProcess(arm) };
  const seen = await atAnEvenPace(changes, (index) => site.change(index));
  await sleep(AFTERMATH_MS);
  await site.settled();
  const after = cpuByProcess(arm);
  const restarts = site.restarts - before.restarts;
  // The writer's, and one status per restart by the controller that the site plays.
  const others = new Map([
    ['PATCH configmaps', changes],
    ['PATCH deployments/status', restarts],
  ]);
  const latencies = seen.filter((ms) => ms !== undefined);
  return {
    latencies,
    missed: changes - latencies.length,
    surplus: Math.max(0, restarts - changes),
    cpu: Object.fromEntries(
      Object.entries(after).map(([name, ms]) => [name, (ms - (before.cpu[name] ?? 0)) / changes]),
    ),
    calls: callsBetween(before.calls, await apiCalls(kube), others),
  };
}

async function atAnEvenPace<T>(times: number, act: (index: number) => Promise<T>): Promise<T[]> {
  const start = performance.now();
  const acts: Promise<T>[] = [];
  for (let index = 0; index < times; index += 1) {
    await sleep(Math.max(0, start + index * EVERY_MS - performance.now()));
    acts.push(act(index));
  }
  return Promise.all(acts);
}

function cpuByProcess({ processes }: TickArm): Record<string, number> {
  const own = Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, cpuMs(pid)]));
  return { ...own, server: cpuOf(children('kube-apiserver', 'etcd')) };
}
