import type { ClusterView, SourceView, WorkloadView } from '@app/contracts/api/views';
import type { View } from '../output/core/table';
import { age, labelText } from '../output/core/values';

export const clusterTable: View<ClusterView> = {
  name: ({ name }) => name,
  columns: [
    { header: 'NAME', value: ({ name }) => name },
    { header: 'STATE', value: ({ state, drained }) => (drained && state !== 'Drained' ? `${state},Drained` : state) },
    { header: 'LAST-SEEN', value: ({ lastSeen }, now) => age(lastSeen, now) },
    { header: 'AGENT', value: ({ agentVersion }) => agentVersion },
    { header: 'KUBERNETES', value: ({ kubernetesVersion }) => kubernetesVersion, wide: true },
    { header: 'SOURCES', value: ({ sources }) => sources },
    { header: 'WORKLOADS', value: ({ workloads }) => workloads },
    { header: 'PENDING', value: ({ pending }) => pending },
    { header: 'LABELS', value: ({ labels }) => labelText(labels) },
    { header: 'REASON', value: ({ reason }) => reason, wide: true },
    { header: 'WARNINGS', value: ({ warnings }) => warnings.map(({ detail }) => detail).join('; '), wide: true },
  ],
};

export const sourceTable: View<SourceView> = {
  name: ({ cluster, kind, namespace, name }) => `${cluster}/${namespace}/${kind}/${name}`,
  columns: [
    { header: 'CLUSTER', value: ({ cluster }) => cluster },
    { header: 'NAMESPACE', value: ({ namespace }) => namespace },
    { header: 'KIND', value: ({ kind }) => kind },
    { header: 'NAME', value: ({ name }) => name },
    { header: 'REVISION', value: ({ revision }) => revision ?? '' },
    { header: 'CHANGED', value: ({ changedAt }, now) => age(changedAt, now) },
    { header: 'USED-BY', value: ({ usedBy }) => usedBy.length },
    { header: 'WORKLOADS', value: ({ usedBy }) => usedBy.join(','), wide: true },
    { header: 'QUARANTINED-UNTIL', value: ({ quarantinedUntil }) => quarantinedUntil ?? '', wide: true },
  ],
};

export const workloadTable: View<WorkloadView> = {
  name: ({ cluster, kind, namespace, name }) => `${cluster}/${namespace}/${kind}/${name}`,
  columns: [
    { header: 'CLUSTER', value: ({ cluster }) => cluster },
    { header: 'NAMESPACE', value: ({ namespace }) => namespace },
    { header: 'KIND', value: ({ kind }) => kind },
    { header: 'NAME', value: ({ name }) => name },
    { header: 'STATE', value: ({ state }) => state },
    { header: 'PODS', value: ({ pods }) => `${pods.ready}/${pods.desired}` },
    { header: 'REASON', value: ({ reason }) => reason },
    { header: 'HAVE', value: ({ have }) => have ?? '', wide: true },
    { header: 'WANT', value: ({ want }) => want ?? '', wide: true },
    { header: 'MESSAGE', value: ({ message }) => message, wide: true },
  ],
};
