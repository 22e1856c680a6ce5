import { ManagedProcess } from './managed-process';
import type { ProcessSpec } from './managed-process';

/** No command here has business running for longer; a download may. */
const TIMEOUT_MS = 300_000;

/** Runs a command to its end, for five minutes at the most; gives what it printed, or fails with the end of that. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: Partial<ProcessSpec> = {},
): Promise<string> {
  const child = ManagedProcess.start({ name: command, ...options, command, args });
  const patience = setTimeout(() => child.signal('SIGKILL'), TIMEOUT_MS);
  const { code, signal } = await child.exited;
  clearTimeout(patience);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}: ${child.tail()}`);
  return child.logs();
}

/** Whether a container engine answers on this machine. Costs one `docker info`; ask once. */
export async function containerEngineAnswers(): Promise<boolean> {
  try {
    await runCommand('docker', ['info']);
    return true;
  } catch {
    return false;
  }
}
