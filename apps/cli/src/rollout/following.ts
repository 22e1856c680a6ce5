import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutSummary, RolloutView } from '@app/contracts/api/rollout-view';
import type { CommandContext } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { TimeoutFailure } from '../failure';
import { remedyOf, resultOf, verdictOf } from './core/verdict';
import { Follower } from './follower';
import type { Watcher } from './watchers';

/** What a list of rollouts is narrowed to. */
export type RolloutFilter = Readonly<{ phase?: string; policy?: string; cluster?: string }>;

const LOOK_MS = 1_000;

/** Follows a rollout to its end, to a halt or to `--timeout`; the exit code tells which. */
export async function followed(context: CommandContext, id: string, watcher: Watcher): Promise<ExitCode> {
  const { io, hub } = context;
  const rollout = await new Follower(hub, id, watcher).run(limitOf(context));
  io.signal.throwIfAborted();
  watcher.end(rollout);
  sayRemedy(context, rollout);
  return EXITS[resultOf(rollout)]; // one still open was given up at the time-out
}

/** Comes with Ctrl-C, and with `--timeout`. */
export const limitOf = ({ io, timeoutMs }: CommandContext): AbortSignal =>
  timeoutMs === undefined ? io.signal : AbortSignal.any([io.signal, AbortSignal.timeout(timeoutMs)]);

const EXITS: Readonly<Record<ReturnType<typeof resultOf>, ExitCode>> = {
  succeeded: Exit.ok,
  'not-converged': Exit.notConverged,
  'waits-on-gate': Exit.waitsOnGate,
  open: Exit.timeout,
};

/** What a script is told about a rollout that was looked at once: only what has succeeded is good. */
export function exitNow(rollout: RolloutView): ExitCode {
  const result = resultOf(rollout);
  return result === 'open' ? Exit.notConverged : EXITS[result];
}

export function sayRemedy({ io }: CommandContext, rollout: RolloutView): void {
  const open = verdictOf(rollout) === 'open';
  const text = remedyOf(rollout) || (open ? `Follow it with "reloadctl rollout watch ${rollout.id}".` : '');
  if (text !== '') io.stderr.write(`${text}\n`);
}

/** The newest rollout; when there is none, the first one to come. @throws TimeoutFailure */
export async function latestRollout(context: CommandContext, filter: RolloutFilter): Promise<string> {
  const { hub, io } = context;
  const limit = limitOf(context);
  for (let looks = 0; !limit.aborted; looks += 1) {
    const { items } = await hub.get<{ items: RolloutSummary[] }>('/rollouts', { limit: 1, ...filter });
    if (items[0]) return items[0].id;
    if (looks === 0) io.stderr.write('there is no rollout yet; waiting for the first\n');
    await sleep(LOOK_MS, undefined, { signal: limit }).catch(() => undefined);
  }
  io.signal.throwIfAborted();
  throw new TimeoutFailure('no rollout has begun within --timeout');
}
