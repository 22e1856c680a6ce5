import { dnsLabel } from '@app/contracts/objects';
import { parseDurationMs } from './core/arguments';
import type { EnvironmentReader } from './environment';
import type { FlagReader } from './flag-reader';
import { ALERT_SINKS, type AlertSink } from '../notify/core/alert';

/** How replicas agree on the one that acts. Times in ms. */
export type LeadershipConfig = Readonly<{
  /** Where the Lease lives. */
  namespace: string;
  /** Name of this replica in the Lease. */
  identity: string;
  /** How long the others wait for a holder that is not heard of. */
  leaseMs: number;
  /** A holder that could not renew for so long acts no more. */
  renewWithinMs: number;
  retryMs: number;
}>;

/** Where people are told of each restart. */
export type AlertConfig = Readonly<{
  sink: AlertSink;
  /** Secret: whoever knows it may write there. */
  url: URL;
  /** An HTTP proxy on the way. May hold a password. */
  proxy: URL | null;
  /** Stands before each sentence. */
  additionalInfo: string | null;
}>;

/** Where the ConfigMap goes that says what runs, and with which options. */
export type MetaInfoConfig = Readonly<{ namespace: string; deployment: string }>;

export type Modes = Readonly<{
  /** null: the only replica. */
  leadership: LeadershipConfig | null;
  /** null: no alerts. */
  alerts: AlertConfig | null;
  /** null: not written. */
  metaInfo: MetaInfoConfig | null;
  /** Reloader's metrics: also restarts by namespace. */
  countByNamespace: boolean;
}>;

/** What Reloader takes from the environment, by Reloader's names. */
export function readModes(read: EnvironmentReader, flags: FlagReader, enableHa: boolean): Modes {
  return {
    leadership: enableHa ? readLeadership(read, flags) : null,
    alerts: read.text('ALERT_ON_RELOAD') === 'true' ? readAlerts(read) : null,
    metaInfo: readMetaInfo(read),
    countByNamespace: read.text('METRICS_COUNT_BY_NAMESPACE') === 'enabled',
  };
}

function readLeadership(read: EnvironmentReader, flags: FlagReader): LeadershipConfig {
  const leaseMs = readDuration(flags, 'leader-election-lease-duration', '15s');
  const renewWithinMs = readDuration(flags, 'leader-election-renew-deadline', '10s');
  const retryMs = readDuration(flags, 'leader-election-retry-period', '2s');
  if (renewWithinMs >= leaseMs) flags.problem('leader-election-renew-deadline', 'must be shorter than the lease');
  if (retryMs >= renewWithinMs)
    flags.problem('leader-election-retry-period', 'must be shorter than the renew deadline');
  const identity = required(read, 'POD_NAME');
  const namespace = required(read, 'POD_NAMESPACE');
  if (namespace !== '' && !dnsLabel.safeParse(namespace).success)
    read.problem('POD_NAMESPACE', `"${namespace}" is no namespace name`);
  return { namespace, identity, leaseMs, renewWithinMs, retryMs };
}

function required(read: EnvironmentReader, name: string): string {
  const text = read.text(name);
  if (text === undefined) read.problem(name, 'is needed by --enable-ha');
  return text ?? '';
}

function readDuration(flags: FlagReader, flag: string, fallback: string): number {
  const text = flags.text(flag) ?? fallback;
  const ms = parseDurationMs(text);
  if (ms === undefined || ms < 100 || ms > 3_600_000)
    flags.problem(flag, `"${text}" is no duration such as 15s, from 100ms to 1h`);
  return ms ?? 1000;
}

function readAlerts(read: EnvironmentReader): AlertConfig | null {
  const text = (read.text('ALERT_SINK') ?? '').toLowerCase();
  const url = readUrl(read, 'ALERT_WEBHOOK_URL');
  const proxy = readUrl(read, 'ALERT_WEBHOOK_PROXY') ?? null;
  if (url === undefined && read.text('ALERT_WEBHOOK_URL') === undefined)
    read.warn('ALERT_WEBHOOK_URL', 'is not set: no alert is sent');
  const sink = ALERT_SINKS.find((one) => one === text) ?? 'raw';
  return url ? { sink, url, proxy, additionalInfo: read.text('ALERT_ADDITIONAL_INFO') ?? null } : null;
}

/** Both may hold secrets: never repeated. */
function readUrl(read: EnvironmentReader, name: string): URL | undefined {
  const text = read.text(name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  return url && ['http:', 'https:'].includes(url.protocol) ? url : read.problem(name, 'is no http(s):// URL');
}

function readMetaInfo(read: EnvironmentReader): MetaInfoConfig | null {
  const namespace = read.text('RELOADER_NAMESPACE');
  if (namespace === undefined) return null;
  if (!dnsLabel.safeParse(namespace).success) read.problem('RELOADER_NAMESPACE', `"${namespace}" is no namespace name`);
  return { namespace, deployment: read.text('RELOADER_DEPLOYMENT_NAME') ?? '' };
}
