import type { Labels } from '@app/contracts/objects';
import { hostname } from 'node:os';
import type { ClusterAccess } from '../kube/kubeconfig';
import {
  EnvironmentReader,
  readAccess,
  readClusterLabels,
  readClusterName,
  readFingerprintKey,
  type Environment,
} from './environment';
import { readModes, type Modes } from './modes';
import type { FlagReader } from './flag-reader';
import { flagReader, readReloaderFlags, type ReloaderFlags } from './reloader-flags';
import { readUnreachable, type WhenUnreachable } from './core/unreachable';

/** What the agent was told at its start; read once, never changed. */
export type AgentConfig = Readonly<{
  /** null: standalone. */
  hub: HubConfig | null;
  clusterName: string | null;
  clusterLabels: Labels;
  /** HMAC key of revisions; null: kept in a Secret of the cluster, and made there once. Secret. */
  fingerprintKey: Buffer | null;
  access: ClusterAccess;
  /** Namespace of the agent's own state. */
  namespace: string;
  /** 0: any free port. */
  opsPort: number;
  /** Name of this process among the agent's replicas. */
  instance: string;
  flags: ReloaderFlags;
  modes: Modes;
  /** Settings that have no effect, for the log. */
  warnings: readonly string[];
}>;

export type HubConfig = Readonly<{
  url: URL;
  /** PEM of the CA to trust beside the usual ones. */
  caCertificate: string | null;
  /** Secret. */
  enrolmentToken: string | null;
  /** For workloads that do not choose for themselves. */
  whenUnreachable: WhenUnreachable;
}>;

export type ConfigResult =
  Readonly<{ ok: true; config: AgentConfig }> | Readonly<{ ok: false; problems: readonly string[] }>;

/** Reads everything, and reports every problem at once. */
export function readAgentConfig(env: Environment, argv: readonly string[]): ConfigResult {
  const read = new EnvironmentReader(env);
  const access = readAccess(read);
  const base = {
    hub: readHub(read),
    clusterName: readClusterName(read),
    clusterLabels: readClusterLabels(read),
    fingerprintKey: readFingerprintKey(read),
    namespace: read.namespace('AGENT_NAMESPACE', 'fleet-reloader'),
    opsPort: read.port('AGENT_OPS_PORT', 9090),
    instance: read.text('POD_NAME') ?? hostname(),
  };
  const given = flagReader(argv, env);
  const flags = readReloaderFlags(given, env);
  const modes = readModes(read, given, flags.enableHa);
  if (flags.webhookUrl) checkWebhook(given, flags, base.hub);
  const problems = [...read.problems, ...given.problems];
  if (problems.length > 0 || access === null) return { ok: false, problems };
  const warnings = [...read.warnings, ...given.warnings];
  return { ok: true, config: Object.freeze({ ...base, access, flags, modes, warnings }) };
}

function checkWebhook(given: FlagReader, flags: ReloaderFlags, hub: HubConfig | null): void {
  if (hub) given.problem('webhook-url', 'can not be told of changes while a hub orders restarts');
  if (flags.secretsMetadataOnly && !flags.ignoredKinds.includes('Secret'))
    given.problem('webhook-url', 'is told of every change of data, which --secrets-metadata-only does not read');
}

/** The configuration of this process. */
export const agentConfigOfProcess = (): ConfigResult => readAgentConfig(process.env, process.argv.slice(2));

function readHub(read: EnvironmentReader): HubConfig | null {
  const url = read.url('HUB_URL');
  const hub = {
    caCertificate: read.file('HUB_CA_FILE') ?? null,
    enrolmentToken: read.secret('ENROLMENT_TOKEN') ?? null,
    whenUnreachable: readWhenUnreachable(read),
  };
  return url ? { url, ...hub } : null;
}

function readWhenUnreachable(read: EnvironmentReader): WhenUnreachable {
  const text = read.text('ON_HUB_UNREACHABLE') ?? 'hold';
  const chosen = readUnreachable(text);
  if (chosen === undefined)
    read.problem('ON_HUB_UNREACHABLE', `"${text}" is none of hold, fallback:<duration>, immediate`);
  return chosen ?? { kind: 'hold' };
}

/** The configuration for the log: everything but secrets. */
export function describeConfig(config: AgentConfig): Readonly<Record<string, unknown>> {
  const { hub, fingerprintKey, access, modes, flags, ...open } = config;
  const { alerts } = modes;
  return {
    ...open,
    flags: { ...flags, webhookUrl: flags.webhookUrl && 'given' },
    modes: { ...modes, alerts: alerts && { sink: alerts.sink, url: 'given', proxy: alerts.proxy && 'given' } },
    apiServer: access.server,
    fingerprintKey: fingerprintKey ? 'given' : 'kept in the cluster',
    hub: hub && {
      url: hub.url.href,
      enrolmentToken: hub.enrolmentToken ? 'given' : 'none',
      whenUnreachable: hub.whenUnreachable,
    },
  };
}
