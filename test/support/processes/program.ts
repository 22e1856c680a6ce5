import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setting } from '../environment';
import { waitFor } from '../wait';
import { ManagedProcess } from './managed-process';
import type { Exit } from './managed-process';

export type ProgramName = 'hub' | 'agent' | 'cli';

/** The built program; fails with the command to run when it is missing. */
export function builtProgram(name: ProgramName): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    const path = join(directory, 'dist', 'apps', name, 'main.js');
    if (existsSync(path)) return path;
    if (directory === dirname(directory)) throw new Error(`dist/apps/${name}/main.js is missing: run npm run build`);
  }
}

/**
 * Only what a program is told: nothing of our own environment may leak into what is under test, but where Node may keep
 * what it compiles, which is much of a start.
 */
export function cleanEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const compiled = setting('NODE_COMPILE_CACHE');
  return { PATH: setting('PATH') ?? '', ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }), ...extra };
}

/** One of the built programs, run as users run it; may be killed and started again, with the same settings. */
export class Program {
  /** Everything that it ever printed, over all its lives, is also in this file. */
  readonly logFile: string;
  private readonly directory: string;
  private readonly past: string[] = [];
  private current: ManagedProcess | undefined;

  constructor(
    readonly name: ProgramName,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly args: readonly string[] = [],
  ) {
    this.directory = mkdtempSync(join(tmpdir(), `fleet-reloader-${name}-`));
    this.logFile = join(this.directory, 'log');
  }

  get running(): boolean {
    return this.current?.running === true;
  }

  get pid(): number {
    if (!this.current) throw new Error(`the ${this.name} was not started`);
    return this.current.pid;
  }

  /** Starts it without waiting for anything. */
  start(): void {
    if (this.running) throw new Error(`the ${this.name} runs already`);
    if (this.current) this.past.push(this.current.logs());
    this.current = ManagedProcess.start({
      name: this.name,
      command: process.execPath,
      args: ['--enable-source-maps', builtProgram(this.name), ...this.args],
      env: cleanEnvironment(this.environment),
      logFile: this.logFile,
    });
  }

  /** Waits until its present life has logged that it serves; fails at once when it ends before. */
  async ready(timeoutMs = 30_000): Promise<void> {
    await waitFor(`the ${this.name} to be ready`, () => this.saidReady() || this.failWhenEnded(), {
      timeoutMs,
      describe: () => this.current?.tail() ?? '',
    });
  }

  /** Everything that it printed, over all its lives. */
  logs(): string {
    return [...this.past, this.current?.logs() ?? ''].join('');
  }

  /** The JSON lines of its log, over all its lives; lines that are no JSON objects are left out. */
  logLines(): Record<string, unknown>[] {
    return parseLines(this.logs());
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (!this.current) throw new Error(`the ${this.name} was not started`);
    return this.current.kill(signal);
  }

  /** Resolves when it ends by itself. */
  async ended(): Promise<Exit> {
    if (!this.current) throw new Error(`the ${this.name} was not started`);
    return this.current.exited;
  }

  /** Starts it again, after ending it in good order when it runs; resolves when it serves. */
  async restart(): Promise<void> {
    await this.current?.stop();
    this.start();
    await this.ready();
  }

  /** Ends it in good order, or after ten seconds by force, and forgets its log file. */
  async stop(): Promise<Exit | undefined> {
    const exit = await this.current?.stop();
    rmSync(this.directory, { recursive: true, force: true });
    return exit;
  }

  private saidReady(): boolean {
    return parseLines(this.current?.logs() ?? '').some((line) => line['msg'] === 'ready');
  }

  private failWhenEnded(): undefined {
    if (!this.running) throw new Error(`the ${this.name} ended before it was ready: ${this.current?.tail() ?? ''}`);
  }
}

function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return []; // a line that is still being written
      }
    });
}
