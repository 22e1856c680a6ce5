import { processEnvironment } from './config/environment';
import type { CliIo } from './context';
import { Exit } from './exit-codes';
import { runProgram } from './program';

const DEFAULT_COLUMNS = 100;
const DEFAULT_ROWS = 24;

function processIo(): CliIo {
  const interrupt = new AbortController();
  process.on('SIGINT', () => {
    if (interrupt.signal.aborted) process.exit(Exit.interrupted);
    interrupt.abort();
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    isTerminal: Boolean(process.stdout.isTTY), // absent on a pipe, whatever its type says
    get columns() {
      return process.stdout.columns || DEFAULT_COLUMNS;
    },
    get rows() {
      return process.stdout.rows || DEFAULT_ROWS;
    },
    now: () => Date.now(),
    signal: interrupt.signal,
    env: processEnvironment(),
    finish: (code) => (process.exitCode = code),
  };
}

/** Whoever reads us through `head` has enough: that is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? Exit.ok : Exit.error);
});

runProgram(process.argv.slice(2), processIo()).catch((error: unknown) => {
  process.stderr.write(
    `error: this is a fault of reloadctl: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = Exit.error;
});
