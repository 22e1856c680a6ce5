import { ManagedProcess } from './managed-process';
import type { ProcessSpec } from './managed-process';

/** Runs a command to its end; gives what it printed, or fails with the end of that. */
export async function runCommand(command: string, args: readonly string[], options: Partial<ProcessSpec> = {}) {
  const child = ManagedProcess.start({ name: command, ...options, command, args });
  const { code, signal } = await child.exited;
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
