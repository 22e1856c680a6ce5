import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReaper } from './reaper';
import type { Reaper } from './reaper';

export interface ProcessSpec {
  /** How messages call it, e.g. `hub`. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** The whole environment of the process; by default ours. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A file that gets everything the process prints, added at its end. */
  readonly logFile?: string;
}

/** How a process ended: one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How many characters of a log an error message quotes. */
const QUOTED = 2_000;

/**
 * A child process in a process group of its own, so that a Ctrl-C in the terminal does not reach it before we decide,
 * with all its output kept. It is killed when we die.
 */
export class ManagedProcess {
  /** Resolves when the process has ended and all its output is in. */
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly output: string[] = [];
  private readonly file: WriteStream | undefined;
  private readonly reaper: Reaper | undefined;
  private ended: Exit | undefined;

  private constructor(readonly spec: ProcessSpec) {
    this.child = spawn(spec.command, [...(spec.args ?? [])], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(spec.env && { env: spec.env }),
      ...(spec.cwd !== undefined && { cwd: spec.cwd }),
    });
    this.file = spec.logFile === undefined ? undefined : createWriteStream(spec.logFile, { flags: 'a' });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => this.keep(chunk));
    }
    const pid = this.child.pid;
    this.reaper = pid === undefined ? undefined : startReaper(['kill', '-s', 'KILL', '--', `-${pid}`]);
    this.exited = this.untilClosed();
  }

  static start(spec: ProcessSpec): ManagedProcess {
    return new ManagedProcess(spec);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.spec.name} did not start: ${this.tail()}`);
    return this.child.pid;
  }

  get running(): boolean {
    return this.ended === undefined;
  }

  /** Everything it printed so far, stdout and stderr in the order of arrival. */
  logs(): string {
    return this.output.join('');
  }

  /** The end of the log, for messages. */
  tail(): string {
    return this.logs().slice(-QUOTED);
  }

  /** Sends a signal to the process and everything it started, without waiting. */
  signal(signal: NodeJS.Signals): void {
    if (!this.running) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      this.child.kill(signal);
    }
  }

  /** Sends a signal and waits for the end that it brings. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.signal(signal);
    return this.exited;
  }

  /** Asks it to end and, after a grace period in milliseconds, makes it end. */
  async stop(graceMs = 10_000): Promise<Exit> {
    this.signal('SIGTERM');
    const patience = new AbortController();
    const forced = sleep(graceMs, undefined, { signal: patience.signal, ref: false }).then(
      () => this.signal('SIGKILL'),
      () => undefined,
    );
    const exit = await this.exited;
    patience.abort();
    await forced;
    return exit;
  }

  private keep(chunk: string): void {
    this.output.push(chunk);
    this.file?.write(chunk);
  }

  private untilClosed(): Promise<Exit> {
    return new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.keep(`${error.message}\n`);
        this.finish({ code: 127, signal: null }, resolve);
      });
      this.child.once('close', (code, signal) => this.finish({ code, signal }, resolve));
    });
  }

  private finish(exit: Exit, resolve: (exit: Exit) => void): void {
    if (this.ended) return;
    this.ended = exit;
    this.reaper?.dismiss();
    this.file?.end();
    resolve(exit);
  }
}
