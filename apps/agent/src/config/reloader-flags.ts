import { dnsLabel, type SourceKind, type WorkloadKind } from '@app/contracts/objects';
import type { Triggers } from '../inventory/core/absence';
import { FLAGS } from './core/flag-table';
import { parseDurationMs, readSettings } from './core/arguments';
import { toLabelSelector } from './core/label-selector';
import type { Markers } from '../restart/core/template';
import type { Environment } from './environment';
import { FlagReader, type FlagKeys } from './flag-reader';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What Reloader's flags, and those we added to them, say. */
export type ReloaderFlags = Readonly<{
  autoReloadAll: boolean;
  /** Keys in Reloader's notation as the flags chose them; ours under `fleet-reloader.io/` always hold. */
  annotationKeys: FlagKeys;
  ignoredKinds: readonly SourceKind[];
  ignoredWorkloadKinds: readonly WorkloadKind[];
  /** Restart Argo Rollouts too, where the cluster has them. */
  argoRollouts: boolean;
  /** Restart for what a SecretProviderClass brings, where the cluster has them. */
  csi: boolean;
  /** Whether a source that appears, or goes, is a change. */
  triggers: Triggers;
  /** Run a CronJob for a change also while it is suspended. */
  runSuspendedCronJobs: boolean;
  /** Watch the metadata of Secrets, and read single ones when they change. */
  secretsMetadataOnly: boolean;
  /** The hub may have restarted what is current. */
  forcedAllowed: boolean;
  /** null: all. */
  namespaces: readonly string[] | null;
  ignoredNamespaces: readonly string[];
  /** Label selector of the Namespaces that count; empty: all. Only while `namespaces` is null. */
  namespaceSelector: string;
  sourceLabelSelector: string;
  /** Where each change of data is told, in the place of restarts; null: restarts. */
  webhookUrl: URL | null;
  /** Of several replicas only the holder of a Lease acts. */
  enableHa: boolean;
  /** Also the metrics that Reloader has, under its names. */
  reloaderMetrics: boolean;
  /** Most restarts that this agent begins in a minute, whoever orders them; null: no bound. */
  maxRestartsPerMinute: number | null;
  /** What Reloader would leave in a pod template, beside our revision. */
  markers: Markers;
  /** Standalone: how long to wait after the last change of a workload's sources, ms. */
  coalesceMs: number;
  /** How often to look for kinds that the cluster did not serve, ms. */
  discoveryMs: number;
  logLevel: LogLevel;
  logFormat: 'json' | 'pretty';
}>;

/** What the command line and the environment say, unread. */
export const flagReader = (argv: readonly string[], env: Environment): FlagReader =>
  new FlagReader(readSettings(argv, env, FLAGS));

/** Reads the flags. A problem is left in `reader`, and names the flag and its variable. */
export function readReloaderFlags(reader: FlagReader, env: Environment): ReloaderFlags {
  if (reader.switch('enable-pprof', false))
    reader.warn('enable-pprof', 'has no effect: there is nothing to profile so');
  const namespaces = readNamespaces(reader, env);
  return {
    autoReloadAll: reader.switch('auto-reload-all', false),
    annotationKeys: reader.annotationKeys(),
    ignoredKinds: readIgnoredKinds(reader),
    ignoredWorkloadKinds: readIgnoredWorkloads(reader),
    argoRollouts: reader.text('is-Argo-Rollouts') === 'true',
    csi: reader.switch('enable-csi-integration', false),
    triggers: {
      onCreate: reader.text('reload-on-create') === 'true',
      onDelete: reader.text('reload-on-delete') === 'true',
    },
    secretsMetadataOnly: reader.switch('secrets-metadata-only', false),
    runSuspendedCronJobs: reader.switch('run-suspended-cronjobs', false),
    forcedAllowed: reader.switch('allow-forced-restarts', false),
    namespaces,
    ignoredNamespaces: readIgnoredNamespaces(reader, namespaces),
    namespaceSelector: readNamespaceSelector(reader, namespaces),
    sourceLabelSelector: readSelector(reader, 'resource-label-selector'),
    webhookUrl: readWebhookUrl(reader),
    enableHa: reader.switch('enable-ha', false),
    reloaderMetrics: reader.switch('reloader-metrics', false),
    maxRestartsPerMinute: readMaxRestarts(reader),
    markers: readMarkers(reader),
    coalesceMs: readCoalesce(reader),
    discoveryMs: readDiscovery(reader),
    logLevel: readLogLevel(reader),
    logFormat: readLogFormat(reader),
  };
}

function readNamespaces(reader: FlagReader, env: Environment): readonly string[] | null {
  const listed = reader.list('namespaces');
  const single = env['KUBERNETES_NAMESPACE']?.trim();
  const namespaces = [...new Set(listed.length > 0 ? listed : single ? [single] : [])];
  checkNamespaces(reader, 'namespaces', namespaces);
  return namespaces.length === 0 ? null : namespaces;
}

function readIgnoredNamespaces(reader: FlagReader, namespaces: readonly string[] | null): readonly string[] {
  const ignored = [...new Set(reader.list('namespaces-to-ignore'))];
  checkNamespaces(reader, 'namespaces-to-ignore', ignored);
  if (ignored.length > 0 && namespaces !== null)
    reader.warn('namespaces-to-ignore', 'has no effect beside a list of namespaces');
  return namespaces === null ? ignored : [];
}

function checkNamespaces(reader: FlagReader, flag: string, names: readonly string[]): void {
  for (const name of names)
    if (!dnsLabel.safeParse(name).success) reader.problem(flag, `"${name}" is no namespace name`);
}

function readIgnoredKinds(reader: FlagReader): readonly SourceKind[] {
  const kinds = new Set<SourceKind>();
  for (const name of reader.list('resources-to-ignore')) {
    const kind = name.toLowerCase();
    if (kind === 'configmaps') kinds.add('ConfigMap');
    else if (kind === 'secrets') kinds.add('Secret');
    else reader.problem('resources-to-ignore', `"${name}" is neither configmaps nor secrets`);
  }
  if (kinds.size > 1)
    reader.problem('resources-to-ignore', 'with configmaps and secrets both ignored there is nothing to do');
  return [...kinds];
}

function readSelector(reader: FlagReader, flag: string): string {
  const result = toLabelSelector(reader.list(flag));
  if ('selector' in result) return result.selector;
  reader.problem(flag, result.problem);
  return '';
}

function readNamespaceSelector(reader: FlagReader, namespaces: readonly string[] | null): string {
  const selector = readSelector(reader, 'namespace-selector');
  if (selector !== '' && namespaces !== null)
    reader.warn('namespace-selector', 'has no effect beside a list of namespaces');
  return namespaces === null ? selector : '';
}

function readWebhookUrl(reader: FlagReader): URL | null {
  const text = reader.text('webhook-url');
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url && ['http:', 'https:'].includes(url.protocol)) return url;
  reader.problem('webhook-url', 'is no http(s):// URL');
  return null;
}

function readMaxRestarts(reader: FlagReader): number | null {
  const text = reader.text('max-restarts-per-minute') ?? '0';
  const most = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(most)) reader.problem('max-restarts-per-minute', `"${text}" is no number: 0 (no bound) to 999999`);
  return most > 0 ? most : null;
}

const STRATEGIES: Readonly<Record<string, Markers>> = {
  annotations: 'annotation',
  default: 'annotation',
  'env-vars': 'variables',
};

function readMarkers(reader: FlagReader): Markers {
  const strategy = reader.text('reload-strategy') ?? 'default';
  const markers = Object.hasOwn(STRATEGIES, strategy) ? STRATEGIES[strategy] : undefined;
  if (markers === undefined) reader.problem('reload-strategy', `"${strategy}" is none of annotations, env-vars`);
  if (reader.switch('reloader-markers', true)) return markers ?? 'annotation';
  if (markers === 'variables') reader.warn('reload-strategy', 'without markers no variable is written');
  return 'none';
}

function readCoalesce(reader: FlagReader): number {
  const text = reader.text('coalesce') ?? '1s';
  const ms = parseDurationMs(text);
  if (ms === undefined || ms > 3_600_000)
    reader.problem('coalesce', `"${text}" is no duration such as 500ms or 2s, of at most 1h`);
  return ms ?? 1000;
}

const DISCOVERY_MS = 30_000;
const LEAST_DISCOVERY_MS = 100;

function readDiscovery(reader: FlagReader): number {
  const text = reader.text('discovery-interval');
  if (text === undefined) return DISCOVERY_MS;
  const ms = parseDurationMs(text) ?? 0;
  if (ms < LEAST_DISCOVERY_MS) reader.problem('discovery-interval', `"${text}" is no duration of at least 100ms`);
  return Math.max(ms, LEAST_DISCOVERY_MS);
}

function readLogLevel(reader: FlagReader): LogLevel {
  const text = (reader.text('log-level') ?? 'info').toLowerCase();
  const name = text === 'warning' ? 'warn' : text === 'panic' ? 'fatal' : text;
  const level = LOG_LEVELS.find((candidate) => candidate === name);
  if (level === undefined) reader.problem('log-level', `"${text}" is none of ${LOG_LEVELS.join(', ')}`);
  return level ?? 'info';
}

/** As in Reloader, a form that is not known is said and keeps nothing from starting. */
function readLogFormat(reader: FlagReader): 'json' | 'pretty' {
  const text = reader.text('log-format') ?? 'json';
  if (!['json', 'pretty', 'text'].includes(text))
    reader.warn('log-format', `"${text}" is none of json, pretty: json is written`);
  return text === 'pretty' || text === 'text' ? 'pretty' : 'json';
}

const WORKLOAD_TYPES: Readonly<Record<string, WorkloadKind>> = { jobs: 'Job', cronjobs: 'CronJob' };

/** As in Reloader, one word that is not known makes the whole list count for nothing; it is said. */
function readIgnoredWorkloads(reader: FlagReader): readonly WorkloadKind[] {
  const names = reader.list('ignored-workload-types');
  const unknown = names.filter((name) => !Object.hasOwn(WORKLOAD_TYPES, name));
  if (unknown.length > 0) {
    reader.warn('ignored-workload-types', `"${unknown.join(', ')}" is neither jobs nor cronjobs: nothing is ignored`);
    return [];
  }
  return names.flatMap((name) => WORKLOAD_TYPES[name] ?? []);
}
