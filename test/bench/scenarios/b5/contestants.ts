import { setTimeout as sleep } from 'node:timers/promises';
import { setting } from '@test/environment';
import { startAgent } from '@test/processes/start-agent';
import { type Ground, startRealReloader } from '../../frame/contestants';
import { bytesRead, cpuMs, memory, type Memory } from '../../frame/processes';
import { startPeer } from '../../peers/peer-program';

/** `readyMs`: from the start to where the program says that it knows everything; NaN where it does not say. */
export type Life = Memory & Readonly<{ readyMs: number; received: number }>;

type Running = Readonly<{ pid: number; stop: () => Promise<unknown>; saysReady: boolean }>;
type Start = (ground: Ground) => Promise<Running>;

/** Idle for so long means that it is through with what there was. */
const IDLE_MS = 3_000;
const IDLE_CPU_MS = 60;
const PATIENCE_MS = 60_000;

/** By name. Each is started anew for every measurement, and alone. */
export const PROGRAMS: Readonly<Record<string, Start>> = {
  standalone: async ({ cluster }) => {
    const agent = await startAgent({
      kubeconfigPath: cluster.kubeconfigPath,
      env: { AGENT_NAMESPACE: 'fleet-reloader' },
    });
    return { pid: agent.program.pid, stop: () => agent.program.stop(), saysReady: true };
  },
  P2: async ({ cluster }) => peer(await startPeer('naive-informer', cluster, ''), true),
  nothing: async ({ cluster }) => peer(await startPeer('nothing', cluster, ''), true),
  ...(setting('RELOADER_BIN') === undefined
    ? {}
    : {
        P1: async (ground: Ground) => peer(await startRealReloader(setting('RELOADER_BIN') ?? '', ground, ''), false),
      }),
};

const peer = (program: Readonly<{ pid: number; kill: () => Promise<unknown> }>, saysReady: boolean): Running => ({
  pid: program.pid,
  stop: () => program.kill(),
  saysReady,
});

/** Starts a program, lets it take in all that there is, and ends it. */
export async function live(ground: Ground, start: Start): Promise<Life> {
  const begun = performance.now();
  const { pid, stop, saysReady } = await start(ground);
  const readyMs = saysReady ? performance.now() - begun : NaN;
  await untilIdle(pid);
  const life = { ...memory(pid), readyMs, received: bytesRead(pid) };
  await stop();
  return life;
}

async function untilIdle(pid: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let before = -Infinity; performance.now() < deadline;) {
    const now = cpuMs(pid);
    if (now - before <= IDLE_CPU_MS) return;
    before = now;
    await sleep(IDLE_MS);
  }
}
