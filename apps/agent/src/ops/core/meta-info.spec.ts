import { RELOADER_KEYS } from '../../inventory/core/annotation-keys';
import { metaInfoData, type MetaOptions } from './meta-info';

const QUIET: MetaOptions = {
  ...{ keys: RELOADER_KEYS, lastReloadedFrom: 'reloader.stakater.com/last-reloaded-from' },
  ...{ autoReloadAll: false, argoRollouts: false, csi: false, reloadStrategy: 'annotations' },
  ...{ triggers: { onCreate: false, onDelete: false }, leadership: null, hasWebhook: false },
  ...{ ignoredKinds: [], ignoredWorkloadKinds: [], namespaceSelector: '', sourceLabelSelector: '' },
  ...{ ignoredNamespaces: [], logFormat: 'json', logLevel: 'info' },
};
const told = (options: Partial<MetaOptions> = {}) => {
  const data = metaInfoData({
    options: { ...QUIET, ...options },
    ...{ version: '1.2.3', runtime: 'v24', deployment: { name: 'agent', namespace: 'ops' } },
  });
  const parsed = Object.entries(data).map(([name, text]) => [name, JSON.parse(text) as unknown] as const);
  return Object.fromEntries(parsed) as Record<string, Record<string, unknown>>;
};

describe('what the agent tells of itself in the form of Reloader', () => {
  it('is what it is built from and where it runs', () => {
    expect(told()).toMatchObject({
      buildInfo: {
        ...{ goVersion: 'v24', releaseVersion: '1.2.3', commitHash: 'unknown' },
        ...{ commitTime: '0001-01-01T00:00:00Z', edition: 'oss' },
      },
      deploymentInfo: { name: 'agent', namespace: 'ops', creationTimestamp: null },
    });
  });

  it('names every annotation that it goes by', () => {
    expect(told()['reloaderOptions']).toMatchObject({
      configmapUpdateOnChangeAnnotation: 'configmap.reloader.stakater.com/reload',
      secretExcludeReloaderAnnotation: 'secrets.exclude.reloader.stakater.com/reload',
      lastReloadedFromAnnotation: 'reloader.stakater.com/last-reloaded-from',
      pauseDeploymentTimeAnnotation: 'deployment.reloader.stakater.com/paused-at',
    });
  });

  it('is empty where nothing was chosen', () => {
    expect(told()['reloaderOptions']).toMatchObject({
      ...{ autoReloadAll: false, isArgoRollouts: false, enableCSIIntegration: false, syncAfterRestart: true },
      ...{ enableHA: false, leaderElectionLeaseDuration: '', leaderElectionRetryPeriod: '' },
      ...{ webhookUrl: '', resourcesToIgnore: [], namespaceSelectors: [], resourceSelectors: [] },
      ...{ enablePProf: false, pprofAddr: '' },
    });
  });

  it('is what was chosen, but never the address of a webhook', () => {
    const options = told({
      leadership: { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2_500 },
      ...{ hasWebhook: true, ignoredKinds: ['Secret'], ignoredWorkloadKinds: ['CronJob'] },
      ...{ namespaceSelector: 'team=a', sourceLabelSelector: 'x', triggers: { onCreate: true, onDelete: false } },
    })['reloaderOptions'];
    expect(options).toMatchObject({
      ...{ enableHA: true, leaderElectionLeaseDuration: '15s', leaderElectionRenewDeadline: '10s' },
      ...{ leaderElectionRetryPeriod: '2.5s', webhookUrl: '(set)', resourcesToIgnore: ['secrets'] },
      ...{ workloadTypesToIgnore: ['cronjobs'], namespaceSelectors: ['team=a'], resourceSelectors: ['x'] },
      ...{ reloadOnCreate: true, reloadOnDelete: false },
    });
  });
});
