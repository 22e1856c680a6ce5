/** One thing that is looked at. `degraded` is told but does not make the process unready. */
export type Check = Readonly<{ name: string; state: 'ok' | 'degraded' | 'failed'; detail: string }>;

export type WatchStatus = Readonly<{ kind: string; synced: boolean; silentMs: number; error: string | null }>;

export type AgentState = Readonly<{
  watches: readonly WatchStatus[];
  /** Kinds that the cluster may or may not serve, and begin or cease to: trouble with one leaves us ready for the others. */
  optionalKinds: readonly string[];
  inventoryReady: boolean;
  stopping: boolean;
  /** `leader`: the replica that acts, null: this one; `lost`: this one did, and must not any more. null: no replicas. */
  leadership: Readonly<{ leader: string | null; lost: boolean }> | null;
  /** null: standalone. */
  hub: Readonly<{ connected: boolean; detail: string }> | null;
}>;

/** A watch that has been silent for longer missed its own watchdog. */
const MOST_SILENT_MS = 120_000;

const ok = (name: string): Check => ({ name, state: 'ok', detail: '' });
const failed = (name: string, detail: string): Check => ({ name, state: 'failed', detail });

function leadershipCheck({ leader, lost }: NonNullable<AgentState['leadership']>): Check {
  if (lost) return failed('leadership', 'it is lost: this process has to be started anew');
  return { ...ok('leadership'), detail: leader === null ? '' : `standing by, ${leader} leads` };
}

/**
 * Ready: everything that exists is known, the watches live, and we are not about to stop. A hub out of reach only
 * degrades. A replica that stands by is as ready as it can be: it watches nothing until it leads.
 */
export function readiness(state: AgentState): readonly Check[] {
  const { leadership } = state;
  const shutdown = state.stopping ? failed('shutdown', 'the agent is stopping') : ok('shutdown');
  if (leadership !== null && leadership.leader !== null) return [leadershipCheck(leadership), shutdown];
  const checks = [
    ...(leadership === null ? [] : [leadershipCheck(leadership)]),
    ...state.watches.map((watch) => leniently(watchCheck(watch), state.optionalKinds.includes(watch.kind))),
    state.inventoryReady ? ok('inventory') : failed('inventory', 'not complete yet'),
    shutdown,
  ];
  return state.hub === null ? checks : [...checks, hubCheck(state.hub)];
}

function watchCheck({ kind, synced, silentMs, error }: WatchStatus): Check {
  const name = `watch ${kind}`;
  if (error !== null) return failed(name, error);
  if (!synced) return failed(name, 'not synced yet');
  return silentMs > MOST_SILENT_MS ? failed(name, `silent for ${Math.round(silentMs / 1000)} s`) : ok(name);
}

const leniently = (check: Check, optional: boolean): Check =>
  optional && check.state === 'failed' ? { ...check, state: 'degraded' } : check;

const hubCheck = ({ connected, detail }: Readonly<{ connected: boolean; detail: string }>): Check =>
  connected ? ok('hub') : { name: 'hub', state: 'degraded', detail };

export const isReady = (checks: readonly Check[]): boolean => checks.every((check) => check.state !== 'failed');

const MARK = { ok: '[+]', degraded: '[~]', failed: '[-]' } as const;

/** The text of a probe, as Kubernetes' own components write theirs. */
export function probeText(name: string, checks: readonly Check[]): string {
  const lines = checks.map(
    ({ name: check, state, detail }) => `${MARK[state]}${check} ${state}${detail === '' ? '' : `: ${detail}`}`,
  );
  return [...lines, `${name} check ${isReady(checks) ? 'passed' : 'failed'}`, ''].join('\n');
}
