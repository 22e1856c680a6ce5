import type { Command } from 'commander';
import type { GateView } from '@app/contracts/api/gates';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import type { View } from '../output/core/table';
import { age } from '../output/core/values';
import { print, printDone } from '../output/print';

type Filter = Readonly<{ rollout?: string; state?: string }>;
type Why = Readonly<{ reason?: string }>;

/** `gate list|approve|reject`: what rollouts wait for people for. */
export function addGateCommands(program: Command, run: Run): void {
  const gate = program.command('gate').alias('gates').description('gates: what rollouts wait for at the waves');
  gate
    .command('list')
    .description('gates that have opened, of rollouts that go on')
    .option('--rollout <id>', 'every gate of this rollout, also when it is over')
    .option('--state <state>', 'only Open (or pending), Approved, Passed, Rejected, Expired, Void, NotOpen')
    .action(run(list));
  gate
    .command('approve <ids...>')
    .description('let gates through; what is approved stays approved')
    .option('--reason <text>', 'why; kept with the gate and in the audit log')
    .action(run((context: CommandContext, ids: string[], why: Why) => decide(context, 'approve', ids, why)));
  gate
    .command('reject <ids...>')
    .description('halt the rollouts at these gates')
    .option('--reason <text>', 'why; kept with the gate and in the audit log')
    .action(run((context: CommandContext, ids: string[], why: Why) => decide(context, 'reject', ids, why)));
}

async function list(context: CommandContext, { rollout, state }: Filter): Promise<ExitCode> {
  print(context, GATE_LIST, await context.hub.list<GateView>('/gates', { rollout, state }));
  return Exit.ok;
}

async function decide(
  context: CommandContext,
  verb: 'approve' | 'reject',
  ids: readonly string[],
  { reason }: Why,
): Promise<ExitCode> {
  for (const id of ids) {
    const gate = await context.hub.send<GateView>('POST', `/gates/${encodeURIComponent(id)}:${verb}`, { reason });
    printDone(context, GATE_LIST, gate, `gate ${gate.id}: ${gate.state}${countText(gate)}`);
  }
  return Exit.ok;
}

const countText = ({ state, need, given }: GateView): string =>
  state === 'Open' && need > 0 ? `, ${given} of ${need} approvals` : '';

/** What it waits for: `1 of 2 by group:sre`, or the time. */
function needText({ type, need, given, approvers, passesAt }: GateView): string {
  if (type !== 'approval') return passesAt === null ? type : `${type} ${passesAt}`;
  return `${given} of ${need}${approvers === null ? '' : ` by ${approvers.join(' or ')}`}`;
}

const GATE_LIST: View<GateView> = {
  name: ({ id }) => id,
  columns: [
    { header: 'GATE', value: ({ id }) => id },
    { header: 'ROLLOUT', value: ({ rollout }) => rollout, wide: true },
    { header: 'WAVE', value: ({ side, wave }) => `${side} ${wave}` },
    { header: 'STATE', value: ({ state }) => state },
    { header: 'NEED', value: needText },
    { header: 'SINCE', value: ({ openedAt }, now) => age(openedAt, now) },
    { header: 'EXPIRES', value: ({ type, expiresAt }) => (type === 'approval' ? (expiresAt ?? 'never') : '') },
    { header: 'SAID', value: ({ message }) => message, wide: true },
  ],
};
