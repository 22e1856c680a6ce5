import { SOURCE_KINDS, type SourceKind, WORKLOAD_KINDS, type WorkloadKind } from '@app/contracts/objects';
import type { WatchedKind } from '../../kube/kube.port';

/** Kinds that a cluster may or may not serve. */
export const OPTIONAL_KINDS = ['Rollout', 'DeploymentConfig', 'SecretProviderClass'] as const;
export type OptionalKind = (typeof OPTIONAL_KINDS)[number];

export type KindChoice = Readonly<{
  ignoredKinds: readonly SourceKind[];
  ignoredWorkloadKinds: readonly WorkloadKind[];
  argoRollouts: boolean;
  csi: boolean;
}>;

/** The optional kinds that were asked for: each matters only if the cluster serves it. */
export const askedFor = ({ argoRollouts, csi }: KindChoice): readonly OptionalKind[] => [
  'DeploymentConfig',
  ...(argoRollouts ? (['Rollout'] as const) : []),
  ...(csi ? (['SecretProviderClass'] as const) : []),
];

/** Kinds of workload that may come to be served while the agent runs. */
export const LATE_KINDS = ['Rollout', 'DeploymentConfig'] as const;
export type LateKind = (typeof LATE_KINDS)[number];

/** Those of them that were asked for. */
export const lateKinds = (choice: KindChoice): readonly LateKind[] =>
  LATE_KINDS.filter((kind) => askedFor(choice).includes(kind));

/** The kinds to watch: all that were not left out, and of the optional ones those that `served` has. */
export function watchedKinds(choice: KindChoice, served: readonly OptionalKind[]): readonly WatchedKind[] {
  const asked = askedFor(choice);
  const isThere = (kind: string): boolean => {
    const optional = OPTIONAL_KINDS.find((one) => one === kind);
    return optional === undefined || (asked.includes(optional) && served.includes(optional));
  };
  const sources = SOURCE_KINDS.filter((kind) => !choice.ignoredKinds.includes(kind) && isThere(kind));
  const workloads = WORKLOAD_KINDS.filter((kind) => !choice.ignoredWorkloadKinds.includes(kind) && isThere(kind));
  const statuses = sources.includes('SecretProviderClass') ? (['SecretProviderClassPodStatus'] as const) : [];
  return [...sources, ...statuses, ...workloads];
}
