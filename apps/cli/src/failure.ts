import { Exit, type ExitCode } from './exit-codes';

/** A command can not go on; the message is for people, the code for scripts. */
export class CommandFailure extends Error {
  /** @param remedy what the person at the keyboard can do about it. */
  constructor(
    message: string,
    readonly exitCode: ExitCode = Exit.error,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

/** The command line, or a file that it names, can not be understood. */
export class UsageFailure extends CommandFailure {
  constructor(message: string, remedy?: string) {
    super(message, Exit.usage, remedy);
  }
}

/** The bound of `--timeout`, or of one request, ran out. */
export class TimeoutFailure extends CommandFailure {
  constructor(message: string, remedy?: string) {
    super(message, Exit.timeout, remedy);
  }
}
