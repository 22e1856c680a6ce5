import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { builtProgram, cleanEnvironment } from '@test/processes/program';
import { startReaper } from '@test/processes/reaper';
import type { Hub } from '@test/processes/start-hub';

const TIMED_OUT = 4;

/** `timeout`: a duration; null: a rollout may wait for a person as long as it likes. */
export type Bounds = Readonly<{ signal: AbortSignal; timeout: string | null }>;

/**
 * Shows a rollout until its end as a user sees it: with `reloadctl rollout watch`, which draws a page on a terminal and
 * writes one line per transition elsewhere.
 */
export async function watchRollout({ url, token }: Hub, id: string, { signal, timeout }: Bounds): Promise<void> {
  const args = [...(timeout === null ? [] : ['--timeout', timeout]), 'rollout', 'watch', id];
  const env = cleanEnvironment({ HOME: '/nonexistent', RELOADCTL_HUB: url, RELOADCTL_TOKEN: token });
  const stdio = ['ignore', 'inherit', 'inherit'] as const;
  const child = spawn(process.execPath, [builtProgram('cli'), ...args], { env, stdio: [...stdio] });
  const reaper = startReaper(['kill', '-s', 'KILL', String(child.pid)]);
  const end = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', end);
  reaper.dismiss();
  signal.throwIfAborted();
  if (code === TIMED_OUT) throw new Error(`the rollout did not end in ${timeout}`);
}
