import type { WorkloadKind } from '@app/contracts/objects';
import type { KubeObject } from '../../kube/kube.port';
import { readRolloutStatus } from './read-status';
import { completionOf } from './rollout-status';

type Part = Readonly<Record<string, unknown>>;
const condition = (reason: string): Part => ({
  type: 'Progressing',
  reason,
  message: `it is ${reason}`,
  lastUpdateTime: '2026-01-02T00:00:00Z',
});
const rolling = (partition: number): Part => ({ type: 'RollingUpdate', rollingUpdate: { partition } });

const object = (spec: Part, status: Part): KubeObject => ({
  metadata: { name: 'x', uid: 'u', resourceVersion: '1', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
  status: { observedGeneration: 3, ...status },
});

const CASES: readonly (readonly [
  title: string,
  kind: WorkloadKind,
  spec: Part,
  status: Part,
  phase: string,
  reason: string,
])[] = [
  [
    'rollouts 15: the controller has not seen the template',
    'Deployment',
    { replicas: 1 },
    { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    'progressing',
    'NotObserved',
  ],
  [
    'new pods are missing',
    'Deployment',
    { replicas: 2 },
    { replicas: 2, updatedReplicas: 1, availableReplicas: 2 },
    'progressing',
    'Updating',
  ],
  [
    'old pods are still there',
    'Deployment',
    { replicas: 2 },
    { replicas: 3, updatedReplicas: 2, availableReplicas: 3 },
    'progressing',
    'Terminating',
  ],
  [
    'new pods are not available',
    'Deployment',
    { replicas: 2 },
    { replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
    'progressing',
    'Starting',
  ],
  [
    'all is done',
    'Deployment',
    { replicas: 2 },
    { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    'ready',
    '',
  ],
  [
    'it gave up',
    'Deployment',
    { replicas: 2 },
    { replicas: 2, updatedReplicas: 2, availableReplicas: 2, conditions: [condition('ProgressDeadlineExceeded')] },
    'failed',
    'ProgressDeadline',
  ],
  [
    'replicas are one by default',
    'Deployment',
    {},
    { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    'ready',
    '',
  ],
  [
    'pods are not ready',
    'StatefulSet',
    { replicas: 2 },
    { readyReplicas: 1, updatedReplicas: 2 },
    'progressing',
    'Starting',
  ],
  [
    'pods keep the old template',
    'StatefulSet',
    { replicas: 2 },
    { readyReplicas: 2, updatedReplicas: 1 },
    'progressing',
    'Updating',
  ],
  [
    'two revisions are there',
    'StatefulSet',
    { replicas: 2 },
    { readyReplicas: 2, updatedReplicas: 2, currentRevision: 'a', updateRevision: 'b' },
    'progressing',
    'Updating',
  ],
  [
    'all is done',
    'StatefulSet',
    { replicas: 2 },
    { readyReplicas: 2, updatedReplicas: 2, currentRevision: 'b', updateRevision: 'b' },
    'ready',
    '',
  ],
  [
    'rollouts 86: partition, not there yet',
    'StatefulSet',
    { replicas: 3, updateStrategy: rolling(2) },
    { readyReplicas: 3, updatedReplicas: 0, currentRevision: 'a', updateRevision: 'b' },
    'progressing',
    'Updating',
  ],
  [
    'rollouts 86: partition',
    'StatefulSet',
    { replicas: 3, updateStrategy: rolling(2) },
    { readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
    'ready',
    'Partial',
  ],
  [
    'nodes are missing',
    'DaemonSet',
    {},
    { desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 },
    'progressing',
    'Updating',
  ],
  [
    'pods are not available',
    'DaemonSet',
    {},
    { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
    'progressing',
    'Starting',
  ],
  [
    'all is done',
    'DaemonSet',
    {},
    { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 },
    'ready',
    '',
  ],
];

describe('completion', () => {
  it.each(CASES)('case %s (%s)', (...[, kind, spec, status, phase, reason]) => {
    expect(completionOf(readRolloutStatus(kind, object(spec, status)))).toMatchObject({ phase, reason });
  });

  it.each<[WorkloadKind, Part, Part, string]>([
    ['Deployment', { replicas: 2 }, { replicas: 2, updatedReplicas: 1 }, '1 of 2 new pods exist'],
    ['Deployment', { replicas: 2, paused: true }, { replicas: 2, updatedReplicas: 1 }, 'paused: 1 of 2 new pods exist'],
    [
      'Deployment',
      { replicas: 2 },
      { replicas: 5, updatedReplicas: 2, readyReplicas: 5 },
      '3 old pods are still there',
    ],
    [
      'Deployment',
      { replicas: 1 },
      { replicas: 2, updatedReplicas: 1, readyReplicas: 1 },
      '1 old pods are still there: 1 pods are not ready',
    ],
    [
      'Deployment',
      { replicas: 2 },
      { replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
      '1 of 2 new pods are available',
    ],
    [
      'StatefulSet',
      { replicas: 1 },
      { readyReplicas: 1, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      'pods of two revisions are still there',
    ],
  ])('of a %s with %j and %j says how far it has come', (kind, spec, status, message) => {
    expect(completionOf(readRolloutStatus(kind, object(spec, status)))).toMatchObject({
      phase: 'progressing',
      message,
    });
  });

  it.each([
    ['Progressing', 'progressing', 'Progressing'],
    ['Degraded', 'failed', 'Degraded'],
  ])('of a Rollout in phase %s is told by that name', (phase, expected, reason) => {
    const status = { observedGeneration: '3', phase };
    expect(completionOf(readRolloutStatus('Rollout', object({}, status)))).toMatchObject({ phase: expected, reason });
  });

  it('knows when a Deployment was last rolled out', () => {
    const status = readRolloutStatus('Deployment', object({}, { conditions: [condition('NewReplicaSetAvailable')] }));
    expect(status.rolledAt).toBe('2026-01-02T00:00:00Z');
  });
});
