/** The one node of a test cluster: as large as any test needs, and marked as pretended for kwok. */
export const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'node-1',
    labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux', type: 'kwok' },
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
  },
  status: {
    allocatable: { cpu: '1000', memory: '1000Gi', pods: '100000' },
    capacity: { cpu: '1000', memory: '1000Gi', pods: '100000' },
  },
} as const;
