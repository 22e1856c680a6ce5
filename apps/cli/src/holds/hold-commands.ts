import type { Command } from 'commander';
import type { HoldScope, HoldView } from '@app/contracts/api/holds';
import { parseDuration } from '@app/contracts/policy/amounts';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { UsageFailure } from '../failure';
import type { Query } from '../hub/hub-client';
import { sourceArgument } from '../insight/object-arguments';
import type { View } from '../output/core/table';
import { age } from '../output/core/values';
import { print, printDone } from '../output/print';

type Scoped = Readonly<{ all?: true; policy?: string; clusters?: string; namespace?: string; source?: string }>;
type NewHold = Scoped & Readonly<{ reason: string; for?: string }>;

/** `hold`, `hold list` and `unhold`: stop the line, and let it go on. */
export function addHoldCommands(program: Command, run: Run): void {
  const hold = program
    .command('hold')
    .description('stop the line: nothing new starts; what is in flight finishes, and changes are still recorded')
    .option('--all', 'the whole fleet')
    .option('--policy <name>', 'what this policy does')
    .option('--clusters <selector>', 'clusters with these labels, for example env=prod')
    .option('--namespace <name>', 'workloads of this namespace')
    .option('--source <source>', 'changes of KIND/NAMESPACE/NAME')
    .option('--reason <text>', 'why; everybody who waits is shown it')
    .option('--for <duration>', 'release it by itself after 2h, 3d; without it somebody has to')
    .action(run(create));
  hold
    .command('list')
    .description('holds that stand now')
    .action(
      run(async (context) => {
        print(context, holdTable, await context.hub.list<HoldView>('/holds'));
        return Exit.ok;
      }),
    );
  program
    .command('unhold [ids...]')
    .description('release holds')
    .option('--all', 'every hold that stands')
    .action(run(release));
}

async function create(context: CommandContext, options: NewHold): Promise<ExitCode> {
  const { reason } = options;
  if (!reason) throw new UsageFailure('say why with --reason: everybody who waits is shown it');
  const body = { scope: scopeOf(options), reason, ...expiry(context, options.for) };
  const hold = await context.hub.send<HoldView>('POST', '/holds', body);
  const until = hold.expiresAt ?? 'somebody releases it';
  printDone(context, holdTable, hold, `${hold.id}: held (${scopeText(hold.scope)}) until ${until}`);
  if (!(await meansSomething(context, hold.scope)))
    context.io.stderr.write(
      `warning: nothing is known of ${scopeText(hold.scope)} now: is it written as you mean it?\n`,
    );
  return Exit.ok;
}

/** A typing error holds nothing: whoever stops the line has to know. The hold stands whatever the answer is. */
async function meansSomething({ hub }: CommandContext, scope: HoldScope): Promise<boolean> {
  const { policy, clusters, namespace, source } = scope;
  const some = async (path: string, query: Query): Promise<boolean> =>
    (await hub.get<{ items: readonly unknown[] }>(path, { limit: 1, ...query })).items.length > 0;
  try {
    if (policy !== undefined)
      return (await hub.list<{ name: string }>('/policies')).some(({ name }) => name === policy);
    if (clusters !== undefined) return await some('/clusters', { labelSelector: clusters });
    if (source !== undefined) return await some('/sources', source);
    if (namespace === undefined) return true;
    return (await some('/sources', { namespace })) || (await some('/workloads', { namespace }));
  } catch {
    return true;
  }
}

async function release(
  { hub, io }: CommandContext,
  ids: string[],
  { all }: Readonly<{ all?: true }>,
): Promise<ExitCode> {
  if ((all === true) === ids.length > 0) throw new UsageFailure('name the holds to release, or give --all');
  const released = all ? (await hub.list<HoldView>('/holds')).map(({ id }) => id) : ids;
  for (const id of released) {
    await hub.send('DELETE', `/holds/${encodeURIComponent(id)}`);
    io.stdout.write(`hold ${id}: released\n`);
  }
  if (released.length === 0) io.stderr.write('nothing was held\n');
  return Exit.ok;
}

function scopeOf({ all, policy, clusters, namespace, source }: Scoped): HoldScope {
  const scope = {
    ...(all ? { all } : {}),
    ...(policy === undefined ? {} : { policy }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(source === undefined ? {} : { source: sourceArgument(source) }),
  };
  if (Object.keys(scope).length === 1) return scope;
  throw new UsageFailure('say what to hold by exactly one of --all, --policy, --clusters, --namespace, --source');
}

function expiry({ io }: CommandContext, text: string | undefined): Readonly<{ expiresAt?: string }> {
  if (text === undefined) return {};
  const ms = parseDuration(text) ?? 0;
  if (ms <= 0) throw new UsageFailure(`--for ${text}: must be a duration such as 30m, 2h or 3d`);
  return { expiresAt: new Date(io.now() + ms).toISOString() };
}

/** What a hold holds, in words. */
export function scopeText({ all, policy, clusters, namespace, source }: HoldScope): string {
  if (all) return 'everything';
  if (policy !== undefined) return `policy ${policy}`;
  if (clusters !== undefined) return `clusters ${clusters}`;
  return source ? `${source.kind}/${source.namespace}/${source.name}` : `namespace ${namespace ?? ''}`;
}

const holdTable: View<HoldView> = {
  name: ({ id }) => id,
  columns: [
    { header: 'ID', value: ({ id }) => id },
    { header: 'HELD', value: ({ scope }) => scopeText(scope) },
    { header: 'OWNER', value: ({ owner }) => owner },
    { header: 'AGE', value: ({ createdAt }, now) => age(createdAt, now) },
    { header: 'EXPIRES', value: ({ expiresAt }) => expiresAt ?? 'never' },
    { header: 'REASON', value: ({ reason }) => reason },
  ],
};
