import { Exit, type ExitCode } from './exit-codes';
import { CommandFailure } from './failure';
import { HubProblem } from './hub/hub-problem';
import { oneLine } from './output/core/table';

type Surroundings = Readonly<{ stderr: Readonly<{ write(text: string): unknown }>; signal: AbortSignal }>;

/** Runs an action; whatever it throws is told on stderr, in sentences, and becomes an exit code. */
export async function outcomeOf(io: Surroundings, action: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await action();
  } catch (error) {
    if (io.signal.aborted) return Exit.interrupted;
    const { lines, code } = told(error);
    io.stderr.write(lines.map((line, at) => `${at === 0 ? 'error: ' : '  '}${oneLine(line)}\n`).join(''));
    return code;
  }
}

type Told = Readonly<{ lines: readonly string[]; code: ExitCode }>;

function told(error: unknown): Told {
  if (error instanceof HubProblem) return { lines: problemLines(error), code: problemCode(error) };
  if (error instanceof CommandFailure) {
    return { lines: [error.message, ...(error.remedy === undefined ? [] : [error.remedy])], code: error.exitCode };
  }
  if (error instanceof TypeError)
    return { lines: [`what came as an answer was not expected: ${error.message}`, UNEXPECTED], code: Exit.error };
  return { lines: [error instanceof Error ? error.message : String(error)], code: Exit.error };
}

const UNEXPECTED = 'Is this a hub, and as new as this reloadctl (reloadctl version)? Else it is a fault of reloadctl.';

/** What a refusal of the hub means to a script. */
export const problemCode = ({ status }: HubProblem): ExitCode =>
  status === 401 || status === 403 ? Exit.denied : Exit.error;

function problemLines(problem: HubProblem): string[] {
  const { detail, errors, phase, allowed, requestId } = problem;
  // A single fault is mostly in the sentence already, with its place.
  const faults = errors.filter((fault) => !detail.includes(fault.detail));
  return [
    detail,
    ...faults.map((fault) => (fault.pointer === '' ? fault.detail : `${fault.pointer}: ${fault.detail}`)),
    ...(phase === undefined ? [] : [`it is ${phase}; it allows now: ${(allowed ?? []).join(', ') || 'nothing'}`]),
    ...remedyOf(problem),
    ...(problem.status >= 500 && requestId !== undefined ? [`request id ${requestId}`] : []),
  ];
}

function remedyOf({ status, code, detail }: HubProblem): string[] {
  if (status === 404) return [missingRemedy(detail)];
  if (status === 412) return code === 'POLICY_CHANGED' ? ['Look at what changed: reloadctl policy diff'] : [];
  if (status < 400) return ['Give the address that leads to the hub itself, without a login in front of it.'];
  const known = REMEDIES[status];
  if (known !== undefined) return [known];
  return status >= 500 && code === '' ? ['Something in front of the hub answers: is the hub ready (/readyz)?'] : [];
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Give a valid token: --token-file, RELOADCTL_TOKEN, or store one with reloadctl login.',
  403: 'reloadctl check shows the role of the token; an administrator can give it another.',
  429: 'Ask again in a moment.',
  503: 'Ask again in a moment.',
};

const LISTS = {
  cluster: 'cluster list',
  gate: 'gate list',
  hold: 'hold list',
  policy: 'policy list',
  rollout: 'rollout list',
  token: 'token list',
  'enrolment token': 'cluster token list',
} as const;
type Listed = keyof typeof LISTS;
const KINDS = Object.keys(LISTS) as readonly Listed[];
/** Kinds of which a token for some clusters may not see all. */
const SCOPED: readonly Listed[] = ['cluster', 'gate', 'hold', 'rollout'];
const SCOPE = '; a token for some clusters sees no others';

/** What is missing is a thing with a name, or the whole path: then somebody else than a hub of our age answered. */
function missingRemedy(detail: string): string {
  const kind = detail.endsWith(' does not exist') ? KINDS.find((each) => detail.startsWith(`${each} `)) : undefined;
  if (kind !== undefined) return `"reloadctl ${LISTS[kind]}" shows what there is${SCOPED.includes(kind) ? SCOPE : ''}.`;
  return 'Is this the address of the hub, without a path, and is the hub as new as this reloadctl (reloadctl version)?';
}
