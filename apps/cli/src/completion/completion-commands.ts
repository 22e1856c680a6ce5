import type { Command } from 'commander';
import type { Run } from '../context';
import { Exit } from '../exit-codes';
import { UsageFailure } from '../failure';
import { candidates, type CommandShape } from './core/candidates';
import { SHELL_SCRIPTS } from './core/shell-scripts';

const HIDDEN = '__complete';

/** `completion bash|zsh|fish`, and the hidden command that these scripts ask; they put the words behind a `--`. */
export function addCompletionCommands(program: Command, run: Run): void {
  program
    .command('completion <shell>')
    .description('print the completion script of bash, zsh or fish')
    .action(
      run(({ io }, shell: string) => {
        const script = SHELL_SCRIPTS[shell];
        if (script === undefined) throw new UsageFailure(`there is no completion for ${shell}: bash, zsh or fish`);
        io.stdout.write(script);
        return Promise.resolve(Exit.ok);
      }),
    );
  program.command(`${HIDDEN} [words...]`, { hidden: true }).action(
    run(({ io }, words: string[]) => {
      io.stdout.write(
        candidates(shapeOf(program), words)
          .map((word) => `${word}\n`)
          .join(''),
      );
      return Promise.resolve(Exit.ok);
    }),
  );
}

function shapeOf(command: Command): CommandShape {
  return {
    names: [command.name(), ...command.aliases()],
    flags: command.options.map(({ long, short, required, optional, argChoices }) => ({
      long: long ?? '',
      short,
      takesValue: required || optional,
      values: argChoices ?? [],
    })),
    commands: command.commands.filter((child) => child.name() !== HIDDEN).map(shapeOf),
  };
}
