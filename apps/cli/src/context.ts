import type { Command } from 'commander';
import type { Environment } from './config/environment';
import { type GlobalFlags, type HubSettings, hubSettings, type OutputFormat, timeoutOf } from './config/settings';
import type { ExitCode } from './exit-codes';
import { HubClient } from './hub/hub-client';
import { outcomeOf } from './outcome';

/** Where text goes to. */
export type Sink = Readonly<{ write(text: string): unknown }>;

/** The world around the program. */
export type CliIo = Readonly<{
  /** Data. */
  stdout: Sink;
  /** Progress, questions and problems. */
  stderr: Sink;
  stdin: AsyncIterable<Uint8Array | string>;
  /** Whether stdout is a terminal, and its size now. */
  isTerminal: boolean;
  columns: number;
  rows: number;
  /** Epoch milliseconds. */
  now(): number;
  /** Comes with Ctrl-C. */
  signal: AbortSignal;
  env: Environment;
  /** What the process will exit with. */
  finish(code: ExitCode): void;
}>;

/** What a command has at hand. */
export interface CommandContext {
  /** @throws UsageFailure at the first use when no hub is named: some commands need none. */
  readonly hub: HubClient;
  /** A client of some other hub, or as somebody else. */
  hubAt(settings: HubSettings): HubClient;
  readonly output: OutputFormat;
  readonly io: CliIo;
  readonly flags: GlobalFlags;
  /** `--timeout`; undefined without it. */
  readonly timeoutMs?: number;
}

/**
 * Makes the handler of a command: the action gets a context, then what commander gives (arguments, options).
 * What it throws becomes a sentence on stderr and an exit code.
 */
export type Run = <A extends readonly unknown[]>(
  action: (context: CommandContext, ...args: A) => Promise<ExitCode>,
) => (...all: [...A, Command]) => Promise<void>;

export const runner =
  (io: CliIo): Run =>
  (action) =>
  async (...all) => {
    const [args, command] = split(all);
    io.finish(await outcomeOf(io, () => action(commandContext(io, command.optsWithGlobals()), ...args)));
  };

const split = <A extends readonly unknown[]>(all: readonly [...A, Command]): [A, Command] => [
  all.slice(0, -1) as unknown as A,
  all.at(-1) as Command,
];

/** A request that has not been answered after this is not going to be. */
const REQUEST_TIMEOUT_MS = 30_000;

export function commandContext(io: CliIo, flags: GlobalFlags): CommandContext {
  const timeoutMs = timeoutOf(flags);
  const requestTimeoutMs = Math.min(REQUEST_TIMEOUT_MS, timeoutMs ?? REQUEST_TIMEOUT_MS);
  const hubAt = (settings: HubSettings): HubClient =>
    new HubClient({ ...settings, requestTimeoutMs, signal: io.signal });
  let hub: HubClient | undefined;
  return {
    io,
    flags,
    output: flags.output ?? 'table',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    hubAt,
    get hub() {
      hub ??= hubAt(hubSettings(flags, io.env));
      return hub;
    },
  };
}
