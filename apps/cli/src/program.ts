import { Command, CommanderError, Option } from 'commander';
import { version } from '../../../package.json';
import { addAuditCommand } from './access/audit-command';
import { addCheckCommand } from './access/check-command';
import { addLoginCommand } from './access/login-command';
import { addTokenCommands } from './access/token-commands';
import { addVersionCommand } from './access/version-command';
import { addCompletionCommands } from './completion/completion-commands';
import { OUTPUT_FORMATS } from './config/settings';
import { type CliIo, runner } from './context';
import { Exit, type ExitCode } from './exit-codes';
import { addClusterCommands } from './fleet/cluster-commands';
import { addGateCommands } from './gates/gate-commands';
import { addHoldCommands } from './holds/hold-commands';
import { addInventoryCommands } from './fleet/inventory-commands';
import { addApplyCommand } from './policy/apply-command';
import { addExportCommand } from './policy/export-command';
import { addPolicyCommands } from './policy/policy-commands';
import { addInsightCommands } from './insight/insight-commands';
import { addRolloutCommands } from './rollout/rollout-commands';

/** Behind the help of the whole program. */
const BEGINNING = `
Where to begin:
  reloadctl login https://reload.example.com --token-stdin < token.txt
  reloadctl check          hub, token, store and clusters, one line each
  reloadctl rollout list   what goes on; with -o wide also what it waits for

Exit codes:
    0  it worked
    1  it did not, for the reason on stderr
    2  the command line was not understood; the hub was not asked
    3  it is not (yet) as it should be
    4  the time ran out
    5  no valid token, or no right to it
    6  a rollout waits for a person
  130  Ctrl-C
`;

/** The whole command line. Every group of verbs registers itself with what runs its actions. */
export function buildProgram(io: CliIo): Command {
  const program = new Command('reloadctl')
    .description('Restarts across a fleet of clusters: see, plan, watch and steer them through the hub.')
    .version(String(version), '-V, --version', 'version of reloadctl')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', BEGINNING);
  addGlobalOptions(program);
  const run = runner(io);
  addLoginCommand(program, run);
  addVersionCommand(program, run);
  addCheckCommand(program, run);
  addClusterCommands(program, run);
  addInventoryCommands(program, run);
  addPolicyCommands(program, run);
  addApplyCommand(program, run);
  addExportCommand(program, run);
  addInsightCommands(program, run);
  addRolloutCommands(program, run);
  addGateCommands(program, run);
  addHoldCommands(program, run);
  addAuditCommand(program, run);
  addTokenCommands(program, run);
  addCompletionCommands(program, run);
  pointToHelp(program, 'reloadctl');
  return program;
}

/** Whoever wrote a command wrongly is told where that command is explained. */
function pointToHelp(command: Command, words: string): void {
  command.showHelpAfterError(`("${words} --help" says what there is)`);
  for (const each of command.commands) pointToHelp(each, `${words} ${each.name()}`);
}

/** Runs one command line; everything that it has to say is said when this resolves. */
export async function runProgram(args: readonly string[], io: CliIo): Promise<void> {
  try {
    await buildProgram(io).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    io.finish(commanderCode(error));
  }
}

/** Help that was asked for is an answer; help that is shown because nothing else was understood is not. */
const commanderCode = ({ exitCode }: CommanderError): ExitCode => (exitCode === 0 ? Exit.ok : Exit.usage);

function addGlobalOptions(program: Command): void {
  program
    .option('--hub <url>', 'address of the hub (RELOADCTL_HUB)')
    .option('--token <token>', 'token (RELOADCTL_TOKEN); others on this machine can see it, prefer --token-file')
    .option('--token-file <path>', 'file with the token (RELOADCTL_TOKEN_FILE)')
    .option('--ca-file <path>', "PEM file of the authority that signed the hub's certificate (RELOADCTL_CA_FILE)")
    .option('--context <name>', 'stored hub and token to use (RELOADCTL_CONTEXT)')
    .addOption(new Option('-o, --output <format>', 'how to print data').choices([...OUTPUT_FORMATS]))
    .option('--timeout <duration>', 'how long the command may take: 30s, 15m, 2h');
}
