import type { Command } from 'commander';
import type { SourceView, WorkloadView } from '@app/contracts/api/views';
import type { Run } from '../context';
import { Exit } from '../exit-codes';
import type { Query } from '../hub/hub-client';
import { print } from '../output/print';
import { sourceTable, workloadTable } from './cluster-views';

type Filter = Readonly<{
  cluster?: string;
  namespace?: string;
  kind?: string;
  name?: string;
  state?: string;
  selector?: string;
}>;

/** `source list` and `workload list`. */
export function addInventoryCommands(program: Command, run: Run): void {
  const source = program.command('source').alias('sources').description('ConfigMaps and Secrets that workloads use');
  filtered(source.command('list').description('sources by cluster: revisions, never contents')).action(
    run(async (context, options: Filter) => {
      print(context, sourceTable, await context.hub.list<SourceView>('/sources', queryOf(options)));
      return Exit.ok;
    }),
  );
  const workload = program.command('workload').alias('workloads').description('workloads that agents look after');
  filtered(workload.command('list').description('workloads by cluster, and whether they run what they should'))
    .option('--state <state>', 'Current, Pending, Restarting, Failed or Ignored')
    .action(
      run(async (context, options: Filter) => {
        print(context, workloadTable, await context.hub.list<WorkloadView>('/workloads', queryOf(options)));
        return Exit.ok;
      }),
    );
}

const filtered = (command: Command): Command =>
  command
    .option('--cluster <name>', 'only in this cluster')
    .option('-n, --namespace <name>', 'only in this namespace')
    .option('--kind <kind>', 'only of this kind')
    .option('--name <name>', 'only with this name')
    .option('-l, --selector <selector>', 'only with these labels');

const queryOf = ({ selector, ...filter }: Filter): Query => ({ ...filter, labelSelector: selector });
