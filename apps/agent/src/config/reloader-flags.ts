import { dnsLabel, type SourceKind, type WorkloadKind } from '@app/contracts/objects';
import { ANNOTATION_FLAGS, FLAGS, NOT_YET, type AnnotationFlag } from './core/flag-table';
import { envNameOf, parseDurationMs, parseSwitch, readSettings, splitList, type RawSettings } from './core/arguments';
import { toLabelSelector } from './core/label-selector';
import type { Markers } from '../restart/core/template';
import type { Environment } from './environment';

export type AnnotationKeys = Readonly<Record<AnnotationFlag, string>>;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What Reloader's flags, and those we added to them, say. */
export type ReloaderFlags = Readonly<{
  autoReloadAll: boolean;
  /** Keys in Reloader's notation as the flags chose them; ours under `fleet-reloader.io/` always hold. */
  annotationKeys: AnnotationKeys;
  ignoredKinds: readonly SourceKind[];
  ignoredWorkloadKinds: readonly WorkloadKind[];
  /** Restart Argo Rollouts too, where the cluster has them. */
  argoRollouts: boolean;
  /** Restart for what a SecretProviderClass brings, where the cluster has them. */
  csi: boolean;
  /** Run a CronJob for a change also while it is suspended. */
  runSuspendedCronJobs: boolean;
  /** null: all. */
  namespaces: readonly string[] | null;
  ignoredNamespaces: readonly string[];
  sourceLabelSelector: string;
  /** What Reloader would leave in a pod template, beside our revision. */
  markers: Markers;
  /** Standalone: how long to wait after the last change of a workload's sources, ms. */
  coalesceMs: number;
  logLevel: LogLevel;
  logFormat: 'json' | 'pretty';
}>;

export type FlagsResult = Readonly<{ flags: ReloaderFlags; problems: readonly string[]; warnings: readonly string[] }>;

/** Reads the command line and the environment. A problem names the flag and its variable. */
export function readReloaderFlags(argv: readonly string[], env: Environment): FlagsResult {
  const reader = new FlagReader(readSettings(argv, env, FLAGS));
  reader.refuseNotYet();
  const namespaces = readNamespaces(reader, env);
  const flags: ReloaderFlags = {
    autoReloadAll: reader.switch('auto-reload-all', false),
    annotationKeys: reader.annotationKeys(),
    ignoredKinds: readIgnoredKinds(reader),
    ignoredWorkloadKinds: readIgnoredWorkloads(reader),
    argoRollouts: reader.text('is-Argo-Rollouts') === 'true',
    csi: reader.switch('enable-csi-integration', false),
    runSuspendedCronJobs: reader.switch('run-suspended-cronjobs', false),
    namespaces,
    ignoredNamespaces: readIgnoredNamespaces(reader, namespaces),
    sourceLabelSelector: readSelector(reader),
    markers: readMarkers(reader),
    coalesceMs: readCoalesce(reader),
    logLevel: readLogLevel(reader),
    logFormat: readLogFormat(reader),
  };
  return { flags, problems: reader.problems, warnings: reader.warnings };
}

class FlagReader {
  readonly problems: string[];
  readonly warnings: string[] = [];
  private readonly values: RawSettings['values'];

  constructor({ values, problems }: RawSettings) {
    this.values = values;
    this.problems = [...problems];
  }

  problem(flag: string, message: string): void {
    this.problems.push(`--${flag} (${envNameOf(flag)}): ${message}`);
  }

  warn(flag: string, message: string): void {
    this.warnings.push(`--${flag}: ${message}`);
  }

  text(flag: string): string | undefined {
    const value = this.values.get(flag)?.at(-1)?.trim();
    return value === '' ? undefined : value;
  }

  list(flag: string): readonly string[] {
    return splitList(this.values.get(flag) ?? []);
  }

  switch(flag: string, fallback: boolean): boolean {
    const text = this.text(flag);
    const value = text === undefined ? fallback : parseSwitch(text);
    if (value === undefined) this.problem(flag, `"${text ?? ''}" is neither true nor false`);
    return value ?? fallback;
  }

  annotationKeys(): AnnotationKeys {
    const chosen = Object.entries(ANNOTATION_FLAGS).map(([flag, key]) => [flag, this.text(flag) ?? key] as const);
    return { ...ANNOTATION_FLAGS, ...Object.fromEntries(chosen) };
  }

  refuseNotYet(): void {
    for (const [flag, harmless] of Object.entries(NOT_YET)) {
      const value = this.text(flag) ?? '';
      const isOff =
        value === '' || harmless.includes(value) || (FLAGS[flag] === 'switch' && parseSwitch(value) === false);
      if (!isOff) this.problem(flag, `"${value}" is not supported yet`);
    }
  }
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

function readSelector(reader: FlagReader): string {
  const result = toLabelSelector(reader.list('resource-label-selector'));
  if ('selector' in result) return result.selector;
  reader.problem('resource-label-selector', result.problem);
  return '';
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

function readLogLevel(reader: FlagReader): LogLevel {
  const text = (reader.text('log-level') ?? 'info').toLowerCase();
  const name = text === 'warning' ? 'warn' : text === 'panic' ? 'fatal' : text;
  const level = LOG_LEVELS.find((candidate) => candidate === name);
  if (level === undefined) reader.problem('log-level', `"${text}" is none of ${LOG_LEVELS.join(', ')}`);
  return level ?? 'info';
}

function readLogFormat(reader: FlagReader): 'json' | 'pretty' {
  const text = reader.text('log-format') ?? 'json';
  if (text !== 'json' && text !== 'pretty') reader.problem('log-format', `"${text}" is none of json, pretty`);
  return text === 'pretty' ? 'pretty' : 'json';
}

const WORKLOAD_TYPES: Readonly<Record<string, WorkloadKind>> = { jobs: 'Job', cronjobs: 'CronJob' };

/** As in Reloader, one word that is not known makes the whole list count for nothing; it is said. */
function readIgnoredWorkloads(reader: FlagReader): readonly WorkloadKind[] {
  const names = reader.list('ignored-workload-types');
  const unknown = names.filter((name) => WORKLOAD_TYPES[name] === undefined);
  if (unknown.length > 0) {
    reader.warn('ignored-workload-types', `"${unknown.join(', ')}" is neither jobs nor cronjobs: nothing is ignored`);
    return [];
  }
  return names.flatMap((name) => WORKLOAD_TYPES[name] ?? []);
}
