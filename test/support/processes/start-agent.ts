import { freePort } from './ports';
import { Program } from './program';
import { startOrForget } from './start-hub';

export interface AgentOptions {
  readonly kubeconfigPath: string;
  /** Without one the agent acts alone. */
  readonly hubUrl?: string;
  readonly clusterName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly enrolmentToken?: string;
  /** 32 bytes as hex; clusters given the same one can be compared. */
  readonly fingerprintKey?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface Agent {
  readonly opsUrl: string;
  readonly program: Program;
}

/** Starts an agent; resolves when it serves. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const opsPort = await freePort();
  const labels = Object.entries(options.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const settings: Record<string, string | undefined> = {
    KUBECONFIG: options.kubeconfigPath,
    AGENT_OPS_PORT: String(opsPort),
    HUB_URL: options.hubUrl,
    CLUSTER_NAME: options.clusterName,
    CLUSTER_LABELS: labels.length > 0 ? labels.join(',') : undefined,
    ENROLMENT_TOKEN: options.enrolmentToken,
    FINGERPRINT_KEY: options.fingerprintKey,
    ...options.env,
  };
  const program = new Program('agent', withoutAbsent(settings), options.args);
  await startOrForget(program);
  return { opsUrl: `http://127.0.0.1:${opsPort}`, program };
}

function withoutAbsent(settings: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
