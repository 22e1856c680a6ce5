/** What a flag is for, for people. */
export type FlagHelp = Readonly<{
  /** As one would write it; empty for none. */
  fallback: string;
  meaning: string;
  /** The flag with a value that makes sense. */
  example: string;
}>;

const help = (fallback: string, meaning: string, example: string): FlagHelp => ({ fallback, meaning, example });
const key = (fallback: string, meaning: string, example: string): FlagHelp =>
  help(fallback, `${meaning}: this key instead, which replaces the default one`, example);

/** One entry for every flag of the flag table: docs/agent.md is made of them. */
export const FLAG_HELP: Readonly<Record<string, FlagHelp>> = {
  'auto-reload-all': help(
    'false',
    'Every workload reloads for what it uses, unless it says `auto: "false"`',
    '--auto-reload-all',
  ),
  'reload-strategy': help(
    'annotations',
    'The marker that a restart leaves in the pod template: an annotation, or with `env-vars` a variable `STAKATER_…`',
    '--reload-strategy=env-vars',
  ),
  'reload-on-create': help('false', 'A source that appears is a change', '--reload-on-create=true'),
  'reload-on-delete': help('false', 'A source that goes is a change', '--reload-on-delete=true'),
  'sync-after-restart': help(
    'false',
    'Accepted: what happened while the agent was down is always found',
    '--sync-after-restart',
  ),
  'webhook-url': help(
    '',
    'Nothing restarts: every change of data is told to this URL with a POST',
    '--webhook-url=https://hooks.example.com/reload',
  ),
  'is-Argo-Rollouts': help('false', 'Argo Rollouts too, as soon as the cluster has them', '--is-Argo-Rollouts=true'),
  'enable-csi-integration': help(
    'false',
    'Also what the secrets store CSI driver rotates (SecretProviderClass)',
    '--enable-csi-integration',
  ),
  'run-suspended-cronjobs': help(
    'false',
    'A CronJob runs for a change also while it is suspended',
    '--run-suspended-cronjobs',
  ),
  'secrets-metadata-only': help(
    'false',
    'Of Secrets only the metadata is watched; those that a workload uses are read one by one, one GET per change',
    '--secrets-metadata-only',
  ),
  'allow-forced-restarts': help(
    'false',
    'Consent that the hub may restart what has nothing new',
    '--allow-forced-restarts',
  ),
  namespaces: help('', 'Only these namespaces; wins over `KUBERNETES_NAMESPACE`', '--namespaces=shop,bank'),
  'namespaces-to-ignore': help('', 'Without these namespaces', '--namespaces-to-ignore=kube-system'),
  'namespace-selector': help(
    '',
    'Only namespaces with these labels, as they are at the time: `k=v`, `k:v`, `k:*`, `k in (a,b)`, `!k`',
    '--namespace-selector=team:a',
  ),
  'resource-label-selector': help(
    '',
    'Only ConfigMaps and Secrets with these labels; the same language',
    '--resource-label-selector=reload=true',
  ),
  'resources-to-ignore': help(
    '',
    'Leaves `secrets` or `configmaps` alone; they are not even listed',
    '--resources-to-ignore=secrets',
  ),
  'ignored-workload-types': help(
    '',
    'Leaves `jobs`, `cronjobs` or both alone; they are not even listed',
    '--ignored-workload-types=jobs,cronjobs',
  ),
  coalesce: help(
    '1s',
    'Alone: how long to wait after a change for the next one, so that both are one restart',
    '--coalesce=5s',
  ),
  'max-restarts-per-minute': help(
    '0',
    'Restarts that are begun in any minute at the most, whoever orders them; 0 is no bound',
    '--max-restarts-per-minute=60',
  ),
  'enable-ha': help(
    'false',
    'Of several replicas the holder of a Lease acts; needs `POD_NAME` and `POD_NAMESPACE`',
    '--enable-ha',
  ),
  'leader-election-lease-duration': help(
    '15s',
    'After this time without a renewal another replica takes over',
    '--leader-election-lease-duration=30s',
  ),
  'leader-election-renew-deadline': help(
    '10s',
    'The holder gives up when it could not renew for this long',
    '--leader-election-renew-deadline=20s',
  ),
  'leader-election-retry-period': help('2s', 'How often a replica tries', '--leader-election-retry-period=4s'),
  'discovery-interval': help(
    '30s',
    'How often to look for kinds that the cluster did not have',
    '--discovery-interval=5m',
  ),
  'reloader-markers': help(
    'true',
    'Reloader’s own marker beside our revision, for tools that read it',
    '--reloader-markers=false',
  ),
  'reloader-metrics': help('false', 'Reloader’s metric names beside ours', '--reloader-metrics'),
  'log-format': help('json', '`json`, or `pretty` for people', '--log-format=pretty'),
  'log-level': help('info', '`trace`, `debug`, `info`, `warn`, `error`, `fatal`', '--log-level=debug'),
  'enable-pprof': help('false', 'Accepted; has no effect', '--enable-pprof=false'),
  'pprof-addr': help('', 'Accepted; has no effect', '--pprof-addr=:6060'),
  'auto-annotation': key(
    'reloader.stakater.com/auto',
    'Reload for everything used',
    '--auto-annotation=example.com/auto',
  ),
  'configmap-auto-annotation': key(
    'configmap.reloader.stakater.com/auto',
    'Reload for every ConfigMap used',
    '--configmap-auto-annotation=example.com/configmaps',
  ),
  'secret-auto-annotation': key(
    'secret.reloader.stakater.com/auto',
    'Reload for every Secret used',
    '--secret-auto-annotation=example.com/secrets',
  ),
  'configmap-annotation': key(
    'configmap.reloader.stakater.com/reload',
    'Reload for ConfigMaps by name',
    '--configmap-annotation=example.com/configmap',
  ),
  'secret-annotation': key(
    'secret.reloader.stakater.com/reload',
    'Reload for Secrets by name',
    '--secret-annotation=example.com/secret',
  ),
  'auto-search-annotation': key(
    'reloader.stakater.com/search',
    'Reload for what is used and tagged',
    '--auto-search-annotation=example.com/search',
  ),
  'search-match-annotation': key(
    'reloader.stakater.com/match',
    'The tag on ConfigMaps and Secrets',
    '--search-match-annotation=example.com/match',
  ),
  'ignore-annotation': key(
    'reloader.stakater.com/ignore',
    'A ConfigMap or Secret that never counts',
    '--ignore-annotation=example.com/ignore',
  ),
  'pause-deployment-annotation': key(
    'deployment.reloader.stakater.com/pause-period',
    'How long a Deployment is held after a change',
    '--pause-deployment-annotation=example.com/pause',
  ),
  'pause-deployment-time-annotation': key(
    'deployment.reloader.stakater.com/paused-at',
    'Written: since when it is held',
    '--pause-deployment-time-annotation=example.com/paused-at',
  ),
};
