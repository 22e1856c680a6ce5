import type { AnnotationKeys } from '../../inventory/core/annotation-keys';

/** What of the configuration Reloader would tell. */
export type MetaOptions = Readonly<{
  keys: AnnotationKeys;
  lastReloadedFrom: string;
  autoReloadAll: boolean;
  argoRollouts: boolean;
  csi: boolean;
  reloadStrategy: 'annotations' | 'env-vars';
  triggers: Readonly<{ onCreate: boolean; onDelete: boolean }>;
  leadership: Readonly<{ leaseMs: number; renewWithinMs: number; retryMs: number }> | null;
  hasWebhook: boolean;
  ignoredKinds: readonly string[];
  ignoredWorkloadKinds: readonly string[];
  namespaceSelector: string;
  sourceLabelSelector: string;
  ignoredNamespaces: readonly string[];
  logFormat: string;
  logLevel: string;
}>;

export type MetaInfo = Readonly<{
  options: MetaOptions;
  version: string;
  runtime: string;
  deployment: Readonly<{ name: string; namespace: string }>;
}>;

/** Data of the ConfigMap that says what runs here, in the form that Reloader gives it. */
export function metaInfoData({ options, version, runtime, deployment }: MetaInfo): Readonly<Record<string, string>> {
  const build = {
    goVersion: runtime,
    releaseVersion: version,
    commitHash: 'unknown',
    commitTime: '0001-01-01T00:00:00Z',
    edition: 'oss',
  };
  return {
    buildInfo: JSON.stringify(build),
    reloaderOptions: JSON.stringify({ ...annotationOptions(options), ...otherOptions(options) }),
    deploymentInfo: JSON.stringify({ ...deployment, creationTimestamp: null }),
  };
}

const annotationOptions = ({ keys, lastReloadedFrom }: MetaOptions): Readonly<Record<string, string>> => ({
  configmapUpdateOnChangeAnnotation: keys.named.ConfigMap,
  secretUpdateOnChangeAnnotation: keys.named.Secret,
  secretProviderClassUpdateOnChangeAnnotation: keys.named.SecretProviderClass,
  reloaderAutoAnnotation: keys.auto,
  ignoreResourceAnnotation: keys.ignore,
  configmapReloaderAutoAnnotation: keys.typedAuto.ConfigMap,
  secretReloaderAutoAnnotation: keys.typedAuto.Secret,
  secretProviderClassReloaderAutoAnnotation: keys.typedAuto.SecretProviderClass,
  configmapExcludeReloaderAnnotation: keys.exclude.ConfigMap,
  secretExcludeReloaderAnnotation: keys.exclude.Secret,
  secretProviderClassExcludeReloaderAnnotation: keys.exclude.SecretProviderClass,
  autoSearchAnnotation: keys.search,
  searchMatchAnnotation: keys.match,
  rolloutStrategyAnnotation: keys.rolloutStrategy,
  lastReloadedFromAnnotation: lastReloadedFrom,
  pauseDeploymentAnnotation: keys.pausePeriod,
  pauseDeploymentTimeAnnotation: keys.pausedAt,
});

const seconds = (ms: number | undefined): string => (ms === undefined ? '' : `${ms / 1000}s`);
const listOf = (selector: string): readonly string[] => (selector === '' ? [] : [selector]);
const pluralsOf = (kinds: readonly string[]): readonly string[] => kinds.map((kind) => `${kind.toLowerCase()}s`);

const otherOptions = (options: MetaOptions): Readonly<Record<string, unknown>> => ({
  autoReloadAll: options.autoReloadAll,
  logFormat: options.logFormat,
  logLevel: options.logLevel,
  isArgoRollouts: options.argoRollouts,
  reloadStrategy: options.reloadStrategy,
  reloadOnCreate: options.triggers.onCreate,
  reloadOnDelete: options.triggers.onDelete,
  // What happened while nobody looked is always found.
  syncAfterRestart: true,
  enableHA: options.leadership !== null,
  leaderElectionLeaseDuration: seconds(options.leadership?.leaseMs),
  leaderElectionRenewDeadline: seconds(options.leadership?.renewWithinMs),
  leaderElectionRetryPeriod: seconds(options.leadership?.retryMs),
  enableCSIIntegration: options.csi,
  // The address may be a secret; whoever reads this needs to know no more than that there is one.
  webhookUrl: options.hasWebhook ? '(set)' : '',
  resourcesToIgnore: pluralsOf(options.ignoredKinds),
  workloadTypesToIgnore: pluralsOf(options.ignoredWorkloadKinds),
  namespaceSelectors: listOf(options.namespaceSelector),
  resourceSelectors: listOf(options.sourceLabelSelector),
  namespacesToIgnore: options.ignoredNamespaces,
  enablePProf: false,
  pprofAddr: '',
});
