/* eslint-disable max-lines-per-function -- cases are a list of sentences, as in a spec */
import {
  createWorkload,
  newPlace,
  observed,
  type Place,
  rolledOut,
  type Subject,
  templateAnnotations,
} from './subject';
import { condition, until, untilItems } from './subject';
import type { Body } from './body';

const REVISION = 'deployment.kubernetes.io/revision';
const RESTART = templateAnnotations({ 'fleet-reloader.io/revision': 'k1:two' });

const replicasOf = ({ spec }: Body): number => (spec?.replicas as number | undefined) ?? 0;
const isReady = (pod: Body): boolean => condition(pod, 'Ready')?.status === 'True';
const isNew = ({ metadata }: Body): boolean => metadata.annotations?.['fleet-reloader.io/revision'] === 'k1:two';

export function describeDeployments({ kube }: Subject): void {
  describe('Deployments', () => {
    let place: Place;
    beforeEach(async () => (place = await newPlace(kube())));

    const started = async (options: Parameters<typeof createWorkload>[3]) => {
      const path = await createWorkload(kube(), place, 'Deployment', options);
      await until(kube(), path, rolledOut);
      return path;
    };

    it('become available through one ReplicaSet', async () => {
      const path = await started({ name: 'web', replicas: 2 });
      const deployment = await until(
        kube(),
        path,
        (now) => condition(now, 'Progressing')?.reason === 'NewReplicaSetAvailable',
      );
      expect(deployment.metadata).toMatchObject({ generation: 1, annotations: { [REVISION]: '1' } });
      expect(deployment.status).toMatchObject({
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        observedGeneration: 1,
      });
      expect(condition(deployment, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
      const [set, ...others] = (await kube().get(place.replicaSets)).body.items ?? [];
      expect(others).toEqual([]);
      expect(set?.metadata).toMatchObject({
        labels: { app: 'web', 'pod-template-hash': expect.any(String) as string },
        annotations: { [REVISION]: '1' },
        ownerReferences: [{ kind: 'Deployment', name: 'web', uid: deployment.metadata.uid, controller: true }],
      });
    });

    it('roll to a new ReplicaSet when the template changes, and keep the old one empty', async () => {
      const path = await started({ name: 'web', replicas: 3 });
      const { status, body } = await kube().patch(`${path}?fieldManager=fleet-reloader`, RESTART);
      expect([status, body.metadata.generation]).toEqual([200, 2]);
      const done = await until(
        kube(),
        path,
        (now) => rolledOut(now) && condition(now, 'Progressing')?.reason === 'NewReplicaSetAvailable',
      );
      expect(done.metadata.annotations).toMatchObject({ [REVISION]: '2' });
      const sets = await untilItems(kube(), place.replicaSets, 2, () => true);
      expect(sets.map(replicasOf).sort()).toEqual([0, 3]);
      const pods = await untilItems(kube(), place.pods, 3, isReady);
      expect(pods.every(isNew)).toBe(true);
    });

    it('return to a ReplicaSet that fits the template again', async () => {
      const path = await started({ name: 'web' });
      await kube().patch(path, RESTART);
      await until(kube(), path, rolledOut);
      await kube().patch(path, templateAnnotations({ 'fleet-reloader.io/revision': null as unknown as string }));
      const back = await until(kube(), path, (now) => rolledOut(now) && now.metadata.annotations?.[REVISION] === '3');
      expect(back.metadata.generation).toBe(3);
      expect((await kube().get(place.replicaSets)).body.items).toHaveLength(2);
    });

    it('keep their old pods while the new ones crash', async () => {
      const path = await started({
        name: 'web',
        replicas: 2,
        templateAnnotations: { 'test.fleet-reloader.io/restarted': 'crash' },
      });
      await kube().patch(path, RESTART);
      const [pod] = await untilItems(kube(), place.pods, 1, (one) => isNew(one) && one.status?.phase === 'Running');
      expect(pod?.status?.containerStatuses).toMatchObject([
        {
          ready: false,
          restartCount: 5,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        },
      ]);
      const stuck = await until(kube(), path, (now) => observed(now) && now.status?.updatedReplicas === 1);
      expect(stuck.status).toMatchObject({ availableReplicas: 2, unavailableReplicas: 1 });
    });

    it('give up after the progress deadline, and recover with a better template', async () => {
      const restarted = { 'test.fleet-reloader.io/restarted': 'never-ready' };
      const path = await started({ name: 'web', templateAnnotations: restarted, spec: { progressDeadlineSeconds: 1 } });
      await kube().patch(path, RESTART);
      const late = await until(kube(), path, (now) => condition(now, 'Progressing')?.status === 'False');
      expect(condition(late, 'Progressing')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
      expect(late.status).toMatchObject({ availableReplicas: 1, updatedReplicas: 1 });
      await kube().patch(path, templateAnnotations({ 'test.fleet-reloader.io/restarted': null as unknown as string }));
      const done = await until(
        kube(),
        path,
        (now) => rolledOut(now) && condition(now, 'Progressing')?.status === 'True',
      );
      expect(condition(done, 'Progressing')).toMatchObject({ reason: 'NewReplicaSetAvailable' });
    });

    it('wait for pods that are late', async () => {
      const late = { 'test.fleet-reloader.io/ready-after': '500ms' };
      const path = await createWorkload(kube(), place, 'Deployment', { name: 'web', templateAnnotations: late });
      const waiting = await until(kube(), path, (now) => observed(now) && now.status?.unavailableReplicas === 1);
      expect(condition(waiting, 'Available')).toMatchObject({ status: 'False' });
      await until(kube(), path, rolledOut);
    });

    it('do nothing while paused, and go on when resumed', async () => {
      const path = await started({ name: 'web', spec: { paused: false } });
      await kube().patch(path, { spec: { paused: true } });
      await kube().patch(path, RESTART);
      const paused = await until(
        kube(),
        path,
        (now) => observed(now) && condition(now, 'Progressing')?.reason === 'DeploymentPaused',
      );
      expect(paused.status?.updatedReplicas).toBeUndefined();
      expect((await kube().get(place.replicaSets)).body.items).toHaveLength(1);
      await kube().patch(path, { spec: { paused: false } });
      await until(kube(), path, rolledOut);
      expect((await kube().get(place.replicaSets)).body.items).toHaveLength(2);
    });

    it('observe a change although they have no replicas', async () => {
      const path = await createWorkload(kube(), place, 'Deployment', { name: 'web', replicas: 0 });
      const inRevision = (revision: string) =>
        until(kube(), path, (now) => observed(now) && now.metadata.annotations?.[REVISION] === revision);
      await inRevision('1');
      await kube().patch(path, RESTART);
      const done = await inRevision('2');
      expect(done.status?.replicas).toBeUndefined();
    });

    it('take the old pods away first when told to recreate', async () => {
      const path = await started({ name: 'web', replicas: 2, spec: { strategy: { type: 'Recreate' } } });
      await kube().patch(path, RESTART);
      await until(kube(), path, rolledOut);
      const pods = await untilItems(kube(), place.pods, 2, isReady);
      expect(pods.every(isNew)).toBe(true);
    });

    it('take their ReplicaSets and pods with them', async () => {
      const path = await started({ name: 'web' });
      await kube().delete(path);
      for (const items of [place.replicaSets, place.pods]) await untilItems(kube(), items, 0, () => true);
    });
  });
}
