import { type Command, Option } from 'commander';
import type { SourceView, WorkloadView } from '@app/contracts/api/views';
import { SOURCE_KINDS, WORKLOAD_KINDS } from '@app/contracts/objects';
import { WORKLOAD_STATES } from '@app/contracts/wire/facts';
import type { Run } from '../context';
import { Exit } from '../exit-codes';
import type { Query } from '../hub/hub-client';
import { kindArgument } from '../insight/object-arguments';
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
      print(context, sourceTable, await context.hub.list<SourceView>('/sources', queryOf(options, SOURCE_KINDS)));
      return Exit.ok;
    }),
  );
  const workload = program.command('workload').alias('workloads').description('workloads that agents look after');
  filtered(workload.command('list').description('workloads by cluster, and whether they run what they should'))
    .addOption(new Option('--state <state>', 'only in this state').choices(WORKLOAD_STATES))
    .action(
      run(async (context, options: Filter) => {
        print(
          context,
          workloadTable,
          await context.hub.list<WorkloadView>('/workloads', queryOf(options, WORKLOAD_KINDS)),
        );
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

const queryOf = ({ selector, kind, ...filter }: Filter, kinds: readonly string[]): Query => ({
  ...filter,
  kind: kind === undefined ? undefined : kindArgument(kind, kinds),
  labelSelector: selector,
});
