import type { KubeObject } from '../../kube/kube.port';
import { readRolloutStatus } from '../../inventory/core/read-status';
import type { WorkloadLook } from '../../inventory/workbench.port';
import { type Followed, progressOf } from './progress';

const NEW = 'kaaaaaa:new';
const OLD = 'kaaaaaa:old';
const FOLLOWED: Followed = { uid: 'u1', toRevision: NEW, fromStamp: OLD, success: 'APPLIED' };

const CONDITION = { type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'it took too long' };
const READY = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };

function look(stamp: string | null, status: object = READY, uid = 'u1'): WorkloadLook {
  const metadata = { name: 'app', uid, resourceVersion: '2', generation: 2 };
  const object: KubeObject = { metadata, spec: { replicas: 1 }, status };
  const record = { uid, stamp, status: readRolloutStatus('Deployment', object) };
  return { record, reckoning: null, members: [] } as unknown as WorkloadLook;
}

describe('a restart that was written', () => {
  it.each([
    ['its pods run', look(NEW), 'APPLIED', ''],
    ['its controller gave up', look(NEW, { ...READY, conditions: [CONDITION] }), 'ROLLOUT_FAILED', 'ProgressDeadline'],
    ['the workload is gone', undefined, 'NOT_FOUND', 'Gone'],
    ['the workload was made anew with the same stamp', look(NEW, READY, 'u2'), 'SUPERSEDED_UID', 'SupersededUid'],
    ['somebody put the old template back', look(OLD), 'ROLLOUT_FAILED', 'Reverted'],
    ['somebody took the stamp away', look(null), 'ROLLOUT_FAILED', 'Reverted'],
    ['another restart took over', look('kaaaaaa:newer'), 'STALE_REVISION', 'Superseded'],
  ])('ends when %s', (_, now, outcome, reason) => {
    const progress = progressOf(FOLLOWED, now);
    expect(progress).toMatchObject({ ended: true, outcome, reason });
    expect(progress.message === '').toBe(outcome === 'APPLIED');
  });

  it('rollouts 88: that was taken back tells what to do about a tool that does so', () => {
    expect(progressOf(FOLLOWED, look(OLD)).message).toMatch(
      /^someone put the old pod template back before the restart had ended; .* let it leave alone/,
    );
  });

  it('goes on until its controller has seen it and all its pods are there', () => {
    expect(progressOf(FOLLOWED, look(NEW, { ...READY, observedGeneration: 1 }))).toMatchObject({ ended: false });
    expect(progressOf(FOLLOWED, look(NEW, { ...READY, availableReplicas: 0 }))).toMatchObject({ ended: false });
  });

  it('is called what it was when it had been written before', () => {
    expect(progressOf({ ...FOLLOWED, success: 'ALREADY_APPLIED' }, look(NEW))).toMatchObject({
      outcome: 'ALREADY_APPLIED',
    });
  });
});
