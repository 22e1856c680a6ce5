import type { Command } from 'commander';
import type { ClusterView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import { print, printDone, printOne } from '../output/print';
import { clusterTable } from './cluster-views';
import { changeLabels, LabelTextError, parseLabels } from './core/label-changes';
import { enrol, type EnrolOptions } from './enrol';
import { addEnrolmentTokenCommands } from './enrolment-token-commands';

/** `cluster add|list|get|label|approve|drain|undrain|revoke|token|remove`. */
export function addClusterCommands(program: Command, run: Run): void {
  const cluster = program.command('cluster').alias('clusters').description('clusters of the fleet');
  cluster
    .command('add <name>')
    .description('make a single-use token for a cluster and show the command that lets its agent join')
    .option('--labels <k=v,...>', 'labels that the cluster gets')
    .option('--ttl <duration>', 'how long the token can be used (the hub decides without it)')
    .option('--wait <duration>', 'wait until the cluster is online')
    .action(
      run((context, name: string, options: { labels?: string; ttl?: string; wait?: string }) =>
        enrol(context, { ...withoutLabels(options), name, labels: labelsOf(options.labels ?? '') }),
      ),
    );
  cluster
    .command('list')
    .description('clusters by name')
    .option('-l, --selector <selector>', 'only clusters with these labels: env=prod,region in (eu,us)')
    .action(run(listClusters));
  cluster.command('get <name>').description('one cluster').action(run(getCluster));
  cluster
    .command('label <name> <changes...>')
    .description('set labels with key=value, remove them with key-')
    .action(run(labelCluster));
  addVerbs(cluster, run);
  addEnrolmentTokenCommands(cluster, run);
  cluster
    .command('remove <names...>')
    .description('forget clusters; an agent that comes back has to enrol again')
    .action(run(removeClusters));
}

const VERBS = [
  ['approve', 'approved', 'let waiting clusters in'],
  ['drain', 'drained', 'start nothing new in clusters'],
  ['undrain', 'undrained', 'let restarts start in clusters again'],
  ['revoke', 'revoked', 'end the sessions of agents and let them in no more'],
] as const;

function addVerbs(cluster: Command, run: Run): void {
  for (const [verb, done, description] of VERBS) {
    cluster
      .command(`${verb} <names...>`)
      .description(description)
      .option('--reason <text>', 'why; it is kept in the audit log')
      .action(
        run(async (context, names: string[], options: { reason?: string }) => {
          for (const name of names) {
            const path = `${clusterPath(name)}:${verb}`;
            const changed = await context.hub.send<ClusterView>('POST', path, options);
            printDone(context, clusterTable, changed, `cluster ${name}: ${done}`);
          }
          return Exit.ok;
        }),
      );
  }
}

async function listClusters(context: CommandContext, { selector }: { selector?: string }): Promise<ExitCode> {
  print(context, clusterTable, await context.hub.list<ClusterView>('/clusters', { labelSelector: selector }));
  return Exit.ok;
}

async function getCluster(context: CommandContext, name: string): Promise<ExitCode> {
  printOne(context, clusterTable, await context.hub.get<ClusterView>(clusterPath(name)));
  return Exit.ok;
}

async function labelCluster(context: CommandContext, name: string, changes: string[]): Promise<ExitCode> {
  const { labels } = await context.hub.get<ClusterView>(clusterPath(name));
  const next = inLabelText(() => changeLabels(labels, changes));
  const changed = await context.hub.send<ClusterView>('PATCH', clusterPath(name), { labels: next });
  printDone(context, clusterTable, changed, `cluster ${name}: labelled`);
  return Exit.ok;
}

async function removeClusters({ hub, io }: CommandContext, names: string[]): Promise<ExitCode> {
  for (const name of names) {
    await hub.send('DELETE', clusterPath(name));
    io.stdout.write(`cluster ${name}: removed\n`);
  }
  io.stderr.write('Annotations that agents left on workloads do no harm; uninstall the agents to be rid of them.\n');
  return Exit.ok;
}

const clusterPath = (name: string): string => `/clusters/${encodeURIComponent(name)}`;

const labelsOf = (text: string): Readonly<Record<string, string>> => inLabelText(() => parseLabels(text));

const withoutLabels = ({ ttl, wait }: { ttl?: string; wait?: string }): Pick<EnrolOptions, 'ttl' | 'wait'> => ({
  ...(ttl === undefined ? {} : { ttl }),
  ...(wait === undefined ? {} : { wait }),
});

function inLabelText<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LabelTextError) throw new UsageFailure(error.message);
    throw error;
  }
}
