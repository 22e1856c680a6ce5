import { setTimeout as pause } from 'node:timers/promises';
import { HUB_URL_UNKNOWN } from '@app/contracts/api/enrolment-command';
import type { ClusterView } from '@app/contracts/api/views';
import { durationOf } from '../config/settings';
import type { CommandContext } from '../context';
import { Exit, type ExitCode } from '../exit-codes';
import { TimeoutFailure } from '../failure';
import { HubProblem } from '../hub/hub-problem';
import { isData, printData } from '../output/print';

export type EnrolOptions = Readonly<{
  name: string;
  labels: Readonly<Record<string, string>>;
  ttl?: string;
  wait?: string;
}>;
type Made = Readonly<{ id: string; token: string; expiresAt: string; command: string }>;

const POLL_MS = 1000;

/** Makes the enrolment token of a cluster, prints the command that uses it, and waits for the cluster when asked to. */
export async function enrol(context: CommandContext, options: EnrolOptions): Promise<ExitCode> {
  const { hub, io, output } = context;
  const { name, labels, ttl, wait } = options;
  const waitMs = wait === undefined ? undefined : durationOf('--wait', wait);
  if (ttl !== undefined) durationOf('--ttl', ttl);
  const asked = { cluster: name, labels, ...(ttl ? { ttl } : {}) };
  const made = withAddress(await hub.send<Made>('POST', '/enrolment-tokens', asked), hub.url);
  if (isData({ output })) printData(context, made);
  else if (output === 'name') io.stdout.write(`${made.token}\n`);
  else {
    io.stderr.write(
      `The token works once, until ${made.expiresAt}. Run against ${name}, in a clone of this project:\n`,
    );
    io.stdout.write(`${made.command}\n`);
    io.stderr.write(HINT);
  }
  if (/hub\.url=\S*(localhost|127\.0\.0\.1|\[::1\])/.test(made.command))
    io.stderr.write('warning: the address of the hub is local to its machine; an agent elsewhere can not reach it\n');
  return waitMs === undefined ? Exit.ok : waitForCluster(context, name, waitMs);
}

/** Until images are published, and for a cluster whose agent acts alone. */
const HINT = `Add the image that you built: --set image.registry=… --set image.repository=…
Where an agent runs already: helm upgrade in place of helm install, and --reset-then-reuse-values.
`;

/** A hub that was not told its public address is at least where it was asked. */
const withAddress = (made: Made, url: string): Made => ({
  ...made,
  command: made.command.replace(HUB_URL_UNKNOWN, () => url),
});

async function waitForCluster({ hub, io }: CommandContext, name: string, waitMs: number): Promise<ExitCode> {
  const end = io.now() + waitMs;
  let said = '';
  for (;;) {
    const state = await stateOf(() => hub.get<ClusterView>(`/clusters/${encodeURIComponent(name)}`));
    if (state !== said) io.stderr.write(`cluster ${name}: ${state}\n`);
    said = state;
    if (state === 'Online') return Exit.ok;
    const left = end - io.now();
    if (left <= 0) throw new TimeoutFailure(`cluster ${name} is ${state} after the time given to --wait`);
    await pause(Math.min(POLL_MS, left), undefined, { signal: io.signal });
  }
}

/** Until its agent has spoken to the hub a cluster does not exist there. */
async function stateOf(look: () => Promise<ClusterView>): Promise<string> {
  try {
    return (await look()).state;
  } catch (error) {
    if (error instanceof HubProblem && error.status === 404) return 'not seen yet';
    throw error;
  }
}
