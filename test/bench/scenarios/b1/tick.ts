import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiCalls, apiCalls, callsBetween } from '../../frame/api-calls';
import { children, cpuMs, cpuOf } from '../../frame/processes';
import type { RawKube } from '../../frame/raw-kube';
import type { TickArm } from './arms';

const EVERY_MS = 200;
/** What a restart leads to at once is over by then. */
const AFTERMATH_MS = 2_000;
/** And by then what is held back to be written together: Events that are told again, state that templates prove. */
const HELD_BACK_MS = 12_000;

/** ms from change to patched, one for each change; undefined: that one never restarted anything. */
export type Latencies = readonly (number | undefined)[];

/** What changes cost, each on average. */
export type Cost = Readonly<{
  /** Processor time by process, ms. `server` is the API server with its store. */
  cpu: Readonly<Record<string, number>>;
  /** Calls of the program under test alone, of all changes together. */
  calls: ApiCalls;
  latencies: Latencies;
}>;

/** So many single changes at an even pace. */
export async function ticks({ site }: TickArm, changes: number): Promise<Latencies> {
  const start = performance.now();
  const seen: Promise<number | undefined>[] = [];
  for (let index = 0; index < changes; index += 1) {
    await sleep(Math.max(0, start + index * EVERY_MS - performance.now()));
    seen.push(site.change(index));
  }
  const latencies = await Promise.all(seen);
  await site.settled();
  return latencies;
}

/** The same with nobody else at work, and the bill. */
export async function cost(arm: TickArm, kube: RawKube, changes: number): Promise<Cost> {
  await sleep(HELD_BACK_MS);
  const before = { restarts: arm.site.restarts, calls: await apiCalls(kube), cpu: cpuByProcess(arm) };
  const latencies = await ticks(arm, changes);
  await sleep(AFTERMATH_MS);
  const cpu = Object.entries(cpuByProcess(arm)).map(([name, ms]) => [name, (ms - (before.cpu[name] ?? 0)) / changes]);
  await sleep(HELD_BACK_MS);
  // The writer's, and one status per restart by the controller that the site plays.
  const others = new Map([
    ['PATCH configmaps', changes],
    ['PATCH deployments/status', arm.site.restarts - before.restarts],
  ]);
  const calls = callsBetween(before.calls, await apiCalls(kube), others);
  return { cpu: Object.fromEntries(cpu) as Cost['cpu'], calls, latencies };
}

function cpuByProcess({ processes }: TickArm): Record<string, number> {
  const own = Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, cpuMs(pid)]));
  return { ...own, server: cpuOf(children('kube-apiserver', 'etcd')) };
}
