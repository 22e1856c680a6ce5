import type { WorkloadKind } from '@app/contracts/objects';
import type { KubeObject } from '../../kube/kube.port';
import { leftAlone } from './left-alone';
import { readRolloutStatus } from './read-status';
import { completionOf, stillness } from './rollout-status';

type Part = Readonly<Record<string, unknown>>;

const object = (spec: Part, status: Part, more: object = {}): KubeObject => ({
  metadata: { name: 'x', uid: 'u', resourceVersion: '1', generation: 3, ...more },
  spec,
  status,
});

const argo = (observedGeneration: string, phase: string, message = ''): Part => ({
  observedGeneration,
  phase,
  message,
  updatedReplicas: 1,
});
const dc = (more: Part): Part => ({
  observedGeneration: 3,
  replicas: 1,
  updatedReplicas: 1,
  availableReplicas: 1,
  ...more,
});
const gaveUp = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'x-3 has failed' };
const { message: _, ...silent } = gaveUp;

describe('the numbers of a workload', () => {
  const zero = { desired: 0, total: 0, updated: 0, ready: 0, available: 0 };
  const five = { desired: 5, total: 9, updated: 4, ready: 3, available: 2 };
  const replicas = { replicas: 9, updatedReplicas: 4, readyReplicas: 3, availableReplicas: 2 };
  const scheduled = { desiredNumberScheduled: 5, updatedNumberScheduled: 4, numberReady: 3, numberAvailable: 2 };

  it.each<[WorkloadKind, Part, object]>([
    ['Deployment', replicas, five],
    ['DeploymentConfig', replicas, five],
    ['Rollout', replicas, five],
    ['StatefulSet', replicas, { ...five, total: 4 }],
    ['DaemonSet', scheduled, { ...five, total: 4 }],
    ['Job', { active: 3, ready: 2 }, { desired: 3, total: 3, updated: 3, ready: 2, available: 2 }],
    ['CronJob', { active: [{}] }, zero],
  ])('are where the API has them: %s', (kind, status, numbers) => {
    expect(readRolloutStatus(kind, object({ replicas: 5 }, status))).toMatchObject({ ...numbers, oneRevision: true });
  });
});

describe('completion of kinds beyond the usual', () => {
  it.each<[string, WorkloadKind, Part, string, string]>([
    ['observed too little', 'Rollout', argo('2', 'Healthy'), 'progressing', 'waits for the Rollout controller'],
    ['unobserved', 'Rollout', {}, 'progressing', 'waits for the Rollout controller'],
    ['a hash for a generation', 'Rollout', argo('6847594599', 'Healthy'), 'ready', ''],
    ['healthy', 'Rollout', argo('3', 'Healthy'), 'ready', ''],
    ['at a pause step', 'Rollout', argo('3', 'Paused', 'CanaryPauseStep'), 'progressing', 'Paused (CanaryPauseStep)'],
    ['restarting', 'Rollout', argo('3', 'Progressing', 'rollout is restarting'), 'progressing', 'is restarting'],
    ['degraded', 'Rollout', argo('3', 'Degraded', 'RolloutAborted: no'), 'failed', 'RolloutAborted: no'],
    ['degraded without a word', 'Rollout', argo('3', 'Degraded'), 'failed', 'its controller reports Degraded'],
    ['done', 'DeploymentConfig', dc({}), 'ready', ''],
    ['on its way', 'DeploymentConfig', dc({ updatedReplicas: 0 }), 'progressing', '0 of 1 new pods exist'],
    ['given up', 'DeploymentConfig', dc({ conditions: [gaveUp] }), 'failed', 'x-3 has failed'],
    [
      'given up without a word',
      'DeploymentConfig',
      dc({ conditions: [silent] }),
      'failed',
      'the deadline for progress',
    ],
    [
      'of no known phase',
      'Rollout',
      { observedGeneration: '3' },
      'progressing',
      'its controller reports Unknown: 0 of 1',
    ],
    ['healthy, with a word', 'Rollout', argo('3', 'Healthy', 'all is well'), 'ready', ''],
    ['whatever it does', 'Job', { failed: 3 }, 'ready', ''],
    ['whatever it does', 'CronJob', {}, 'ready', ''],
  ])('%s (%s)', (...[, kind, status, phase, said]) => {
    const completion = completionOf(readRolloutStatus(kind, object({}, status)));
    expect(completion.phase).toBe(phase);
    expect(completion.message).toContain(said);
  });
});

describe('what a new template would not start', () => {
  const triggers = (...types: string[]): Part => ({ triggers: types.map((type) => ({ type })) });

  it.each<[string, WorkloadKind, Part, string | undefined]>([
    ['no trigger written down', 'DeploymentConfig', {}, undefined],
    ['a trigger for it', 'DeploymentConfig', triggers('ImageChange', 'ConfigChange'), undefined],
    ['triggers for other things', 'DeploymentConfig', triggers('ImageChange'), 'ManualRollout'],
    ['an empty list of triggers', 'DeploymentConfig', { triggers: [] }, 'ManualRollout'],
    ['paused', 'DeploymentConfig', { paused: true }, 'PausedWorkload'],
    ['paused', 'Rollout', { paused: true }, 'PausedWorkload'],
    ['no replicas', 'Rollout', { replicas: 0 }, 'ScaledToZero'],
    ['suspended', 'CronJob', { suspend: true }, 'Suspended'],
    ['no pods', 'Job', {}, undefined],
    ['no replicas', 'Deployment', { replicas: 0 }, 'ScaledToZero'],
    ['no replicas', 'StatefulSet', { replicas: 0 }, 'ScaledToZero'],
    ['no replicas', 'DeploymentConfig', { replicas: 0 }, 'ScaledToZero'],
    ['no node that it fits', 'DaemonSet', {}, undefined],
  ])('%s (%s)', (_title, kind, spec, reason) => {
    const still = stillness(readRolloutStatus(kind, object(spec, {})));
    expect(still?.reason).toBe(reason);
    expect(still?.message).not.toBe('');
  });
});

describe('the end of a Job', () => {
  const end = (...conditions: Part[]) => readRolloutStatus('Job', object({}, { conditions })).end;

  it('is what its controller says, and only once it is true', () => {
    expect(end({ type: 'SuccessCriteriaMet', status: 'True' })).toBeNull();
    expect(end({ type: 'Failed', status: 'False', reason: 'r' })).toBeNull();
    expect(end({ type: 'Complete', status: 'True' })).toEqual({ succeeded: true, reason: '', message: '' });
    const failed = { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'too long' };
    expect(end(failed)).toEqual({ succeeded: false, reason: 'DeadlineExceeded', message: 'too long' });
  });
});

describe('who is left alone', () => {
  const owned = (controller: boolean): object => ({ ownerReferences: [{ kind: 'CronJob', name: 'c', controller }] });
  const borrowed = { workloadRef: { kind: 'Deployment', name: 'web' } };

  it.each([
    ['Job', object({}, {}, owned(true)), 'template', 'OwnedByCronJob'],
    ['Job', object({}, {}, owned(false)), 'template', undefined],
    ['Rollout', object(borrowed, {}), 'template', 'WorkloadRef'],
    ['Rollout', object(borrowed, {}), 'metadata', undefined],
    ['Rollout', object({}, {}), 'template', undefined],
    ['Deployment', object(borrowed, {}), 'template', undefined],
  ] as const)('%s %#', (kind, one, carrier, reason) => {
    expect(leftAlone(kind, one, carrier)?.reason).toBe(reason);
  });

  it('is told what to do instead', () => {
    expect(leftAlone('Rollout', object(borrowed, {}), 'template')?.message).toContain('that of Deployment web');
  });
});
