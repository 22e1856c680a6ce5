import { accessSync, constants } from 'node:fs';

/**
 * V8 takes these when a process starts, never later. An agent reads many objects and keeps little of each: with small
 * semi-spaces what is dropped is dropped at once, and young garbage takes 2 MB in place of 64; what the start leaves
 * behind is collected before the first list is read. It waits for the network nearly always: code that is compiled
 * to be fast would cost 8 MB and save nothing.
 */
const LEAN = ['--max-semi-space-size=1', '--initial-old-space-size=10', '--no-opt', '--no-maglev'];

/** Goes on as a process with these flags: the same one to everybody outside, from its pid to its streams. */
export function runLean(): void {
  const { argv, execArgv, execPath, execve } = process;
  if (LEAN.every((flag) => execArgv.includes(flag)) || !execve || !isExecutable(execPath)) return;
  execve.call(process, execPath, [execPath, ...execArgv, ...LEAN, ...argv.slice(1)]);
}

/** A file that can not be executed would end the process there and then. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
