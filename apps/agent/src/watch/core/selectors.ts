import { STATE_PART_LABEL } from '../../kube/core/own-objects';
import type { WatchedKind } from '../../kube/kube.port';

/** Which objects the server sends at all. */
export type WatchFilter = Readonly<{
  /** null: all namespaces. */
  namespaces: readonly string[] | null;
  ignoredNamespaces: readonly string[];
  /** Label selector that Namespaces have to match; empty: all. Counts only for all namespaces. */
  namespaceSelector: string;
  ignoredKinds: readonly WatchedKind[];
  /** Kubernetes label selector that ConfigMaps and Secrets have to match; empty: all. */
  sourceLabelSelector: string;
  /** Of Secrets nothing but the metadata. */
  secretsMetadataOnly: boolean;
}>;

/** Secrets that no workload uses as its configuration, and that are many and large. A token that is mounted is used. */
const NEVER_SOURCES = ['helm.sh/release.v1'];

/** What a SecretProviderClass brings stands in objects of its driver, which carry nobody's labels. */
const LABELLED: readonly WatchedKind[] = ['ConfigMap', 'Secret'];

/** Selectors for the list and the watch of a kind. Our own state and keys are never read as sources. */
export function selectorsFor(
  kind: WatchedKind,
  filter: WatchFilter,
): Readonly<{ labelSelector?: string; fieldSelector?: string }> {
  if (kind === 'Namespace') return { labelSelector: filter.namespaceSelector };
  const labels = LABELLED.includes(kind) ? [filter.sourceLabelSelector, `!${STATE_PART_LABEL}`] : [];
  const fields = [
    ...(kind === 'Secret' ? NEVER_SOURCES.map((type) => `type!=${type}`) : []),
    ...(filter.namespaces === null
      ? filter.ignoredNamespaces.map((namespace) => `metadata.namespace!=${namespace}`)
      : []),
  ];
  const labelSelector = labels.filter((part) => part !== '').join(',');
  return {
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fields.length === 0 ? {} : { fieldSelector: fields.join(',') }),
  };
}
