import type { Command } from 'commander';
import type { z } from 'zod';
import type { HoldView } from '@app/contracts/api/holds';
import type { RolloutSummary } from '@app/contracts/api/rollout-view';
import type { ClusterView, RecoveryView, versionView } from '@app/contracts/api/views';
import type { CommandContext, Run } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { scopeText } from '../holds/hold-commands';
import { HubProblem } from '../hub/hub-problem';
import { problemCode } from '../outcome';
import type { View } from '../output/core/table';
import { print } from '../output/print';
import { type Access, ANYTHING } from './access-view';

type Check = Readonly<{ check: string; ok: boolean; detail: string }>;

/** `check`: whether the hub can be worked with. */
export function addCheckCommand(program: Command, run: Run): void {
  program
    .command('check')
    .description('hub, token, store, clusters, holds and halted rollouts, one line each: where to look first')
    .action(run(check));
}

/** Looks at one thing after the other and stops at the first without which the next make no sense. */
async function check(context: CommandContext): Promise<ExitCode> {
  const { hub } = context;
  const checks: Check[] = [];
  try {
    const { version, commit } = await hub.get<z.infer<typeof versionView>>('/version');
    checks.push({ check: 'hub', ok: true, detail: `${hub.url} is version ${version} (${commit})` });
    const { role } = await hub.get<Access>('/access', ANYTHING);
    checks.push({ check: 'token', ok: true, detail: `role ${role}` });
    const clusters = await hub.list<ClusterView>('/clusters');
    checks.push({ check: 'store', ...storeCheck(await recovery(context)) }, fleetCheck(clusters));
    checks.push(holdCheck(await hub.list<HoldView>('/holds')));
    checks.push(rolloutCheck(await hub.list<RolloutSummary>('/rollouts', { phase: 'Halted' })));
    print(context, checkTable, checks);
    return checks.every(({ ok }) => ok) ? Exit.ok : Exit.notConverged;
  } catch (error) {
    if (!(error instanceof HubProblem)) throw error;
    print(context, checkTable, [
      ...checks,
      { check: checks.length === 0 ? 'hub' : nameOf(error), ok: false, detail: error.detail },
    ]);
    return problemCode(error);
  }
}

/** Undefined: the hub is older than this program and can not say. */
async function recovery({ hub }: CommandContext): Promise<RecoveryView | undefined> {
  try {
    return await hub.get<RecoveryView>('/recovery');
  } catch (error) {
    if (error instanceof HubProblem && error.status === 404) return undefined;
    throw error;
  }
}

function storeCheck(found: RecoveryView | undefined): Pick<Check, 'ok' | 'detail'> {
  if (found?.recovering !== true) return { ok: true, detail: 'the hub reaches its Redis' };
  const { missing, clusters } = found;
  const left = missing === 0 ? 'apply a backup' : `${missing} have not: ${clusters.join(', ')}`;
  return { ok: false, detail: `it was lost: nothing starts before the clusters have said where they stand; ${left}` };
}

const nameOf = ({ status }: HubProblem): string => (status === 401 || status === 403 ? 'token' : 'store');

/** A hub that has lost its store looks like a new one. */
const NO_CLUSTER = 'none known: if there were some, apply a backup; else enrol one with reloadctl cluster add NAME';

/** Clusters that somebody took out on purpose are no fault. */
function fleetCheck(clusters: readonly ClusterView[]): Check {
  if (clusters.length === 0) return { check: 'clusters', ok: true, detail: NO_CLUSTER };
  const away = clusters.filter(({ state }) => state === 'Offline' || state === 'Suspect').map(({ name }) => name);
  const waiting = clusters.filter(({ state }) => state === 'Pending').map(({ name }) => name);
  const faults = [
    ...(away.length === 0 ? [] : [`away: ${away.join(', ')}`]),
    ...(waiting.length === 0 ? [] : [`waiting for approval: ${waiting.join(', ')}`]),
  ];
  return { check: 'clusters', ok: faults.length === 0, detail: [`${clusters.length} known`, ...faults].join('; ') };
}

/** What somebody holds on purpose is no fault either; who wonders why nothing moves has to see it. */
function holdCheck(holds: readonly HoldView[]): Check {
  const stand = holds.map(({ scope, owner, reason }) => `${scopeText(scope)} (${owner}: ${reason})`);
  return { check: 'holds', ok: true, detail: stand.join('; ') || 'none' };
}

function rolloutCheck(halted: readonly RolloutSummary[]): Check {
  const ids = halted.map(({ id }) => id);
  return {
    check: 'rollouts',
    ok: ids.length === 0,
    detail: ids.length === 0 ? 'none is halted' : `halted: ${ids.join(', ')}`,
  };
}

const checkTable: View<Check> = {
  name: ({ check: name }) => name,
  columns: [
    { header: 'CHECK', value: ({ check: name }) => name },
    { header: 'STATUS', value: ({ ok }) => (ok ? 'ok' : 'NOT OK') },
    { header: 'DETAIL', value: ({ detail }) => detail },
  ],
};
