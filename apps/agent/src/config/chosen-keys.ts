import { type AnnotationKeys, RELOADER_KEYS } from '../inventory/core/annotation-keys';
import type { FlagKeys } from './flag-reader';

/** The keys that the flags chose, by the words they stand for. */
export function annotationKeys(chosen: FlagKeys): AnnotationKeys {
  return {
    ...RELOADER_KEYS,
    auto: chosen['auto-annotation'],
    search: chosen['auto-search-annotation'],
    match: chosen['search-match-annotation'],
    ignore: chosen['ignore-annotation'],
    pausePeriod: chosen['pause-deployment-annotation'],
    pausedAt: chosen['pause-deployment-time-annotation'],
    typedAuto: {
      ...RELOADER_KEYS.typedAuto,
      ConfigMap: chosen['configmap-auto-annotation'],
      Secret: chosen['secret-auto-annotation'],
    },
    named: {
      ...RELOADER_KEYS.named,
      ConfigMap: chosen['configmap-annotation'],
      Secret: chosen['secret-annotation'],
    },
  };
}
