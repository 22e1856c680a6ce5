import { spawn } from 'node:child_process';

/** Runs a clean-up when this process is gone, however it went; `dismiss` calls that off. */
export interface Reaper {
  dismiss(): void;
}

/**
 * Reads until its standard input says something (dismissed) or ends (our process is dead), and only then acts.
 * The command is not exec'ed: `kill` is meant to be the one built into the shell, PATH may hold no other.
 */
const SCRIPT = 'read -r _ || { shift; "$@"; }';

/**
 * Leaves a shell behind that waits on a pipe which only we hold open. Even a SIGKILL closes the pipe, so nothing that
 * was started for a test or a demo outlives it.
 */
export function startReaper(command: readonly string[]): Reaper {
  const reaper = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', '--', ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.on('error', () => undefined); // no shell: then nothing is left behind for us, and nothing breaks
  reaper.stdin.on('error', () => undefined);
  reaper.unref();
  if ('unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') reaper.stdin.unref();
  return { dismiss: () => reaper.stdin.end('dismissed\n') };
}
