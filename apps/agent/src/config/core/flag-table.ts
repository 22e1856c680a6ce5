import { RELOADER_PREFIX } from '@app/contracts/annotations';
import type { FlagTable } from './arguments';

/** Flags that choose another annotation key in the place of Reloader's own; the default key then stops to work. */
export const ANNOTATION_FLAGS = {
  'configmap-annotation': `configmap.${RELOADER_PREFIX}/reload`,
  'secret-annotation': `secret.${RELOADER_PREFIX}/reload`,
  'auto-annotation': `${RELOADER_PREFIX}/auto`,
  'ignore-annotation': `${RELOADER_PREFIX}/ignore`,
  'configmap-auto-annotation': `configmap.${RELOADER_PREFIX}/auto`,
  'secret-auto-annotation': `secret.${RELOADER_PREFIX}/auto`,
  'auto-search-annotation': `${RELOADER_PREFIX}/search`,
  'search-match-annotation': `${RELOADER_PREFIX}/match`,
  'pause-deployment-annotation': `deployment.${RELOADER_PREFIX}/pause-period`,
  'pause-deployment-time-annotation': `deployment.${RELOADER_PREFIX}/paused-at`,
} as const;
export type AnnotationFlag = keyof typeof ANNOTATION_FLAGS;

const SWITCHES = [
  'auto-reload-all',
  'reloader-markers',
  'sync-after-restart',
  'enable-ha',
  'enable-pprof',
  'enable-csi-integration',
];
const OUR_SWITCHES = ['reloader-metrics', 'allow-forced-restarts', 'run-suspended-cronjobs', 'secrets-metadata-only'];
const LISTS = [
  'resources-to-ignore',
  'ignored-workload-types',
  'namespaces',
  'namespaces-to-ignore',
  'namespace-selector',
  'resource-label-selector',
];
const TEXTS = [
  ...Object.keys(ANNOTATION_FLAGS),
  'log-format',
  'log-level',
  'webhook-url',
  'is-Argo-Rollouts',
  'reload-strategy',
  'reload-on-create',
  'reload-on-delete',
  'pprof-addr',
  'coalesce',
  'discovery-interval',
  'max-restarts-per-minute',
  'leader-election-lease-duration',
  'leader-election-renew-deadline',
  'leader-election-retry-period',
];

/** Every flag of Reloader's, and ours. */
export const FLAGS: FlagTable = {
  ...Object.fromEntries([...SWITCHES, ...OUR_SWITCHES].map((flag) => [flag, 'switch' as const])),
  ...Object.fromEntries(LISTS.map((flag) => [flag, 'list' as const])),
  ...Object.fromEntries(TEXTS.map((flag) => [flag, 'text' as const])),
};
