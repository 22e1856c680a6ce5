import { execFile } from 'node:child_process';
import { builtProgram, cleanEnvironment } from './program';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** The hub to speak to; without one the command line tool finds its own. */
  readonly hub?: { readonly url: string; readonly token: string };
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this many milliseconds it is killed (default 60,000). */
  readonly timeoutMs?: number;
}

/** Runs `reloadctl ARGS` to its end, without a home directory, so that nobody's own configuration is read. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const target = options.hub ? ['--hub', options.hub.url, '--token', options.hub.token] : [];
  const env = cleanEnvironment({ HOME: '/nonexistent', ...options.env });
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [builtProgram('cli'), ...target, ...args],
      { env, timeout: options.timeoutMs ?? 60_000, maxBuffer: 64 * 1024 ** 2 },
      (error, stdout, stderr) => resolve({ code: exitCode(error), stdout, stderr }),
    );
    child.stdin?.end(options.stdin ?? '');
  });
}

/** 0 without an error; 137, as a shell would say, when it was killed at its time-out. */
function exitCode(error: (Error & { code?: number | string | null }) | null): number {
  if (!error) return 0;
  return typeof error.code === 'number' ? error.code : 137;
}
