/* eslint-disable max-lines-per-function -- cases are a list of sentences, as in a spec */
import { createWorkload, newPlace, observed, type Place, type Subject, templateAnnotations } from './subject';
import { condition, until, untilItems } from './subject';
import type { Body } from './body';

const RESTART = templateAnnotations({ 'fleet-reloader.io/revision': 'k1:two' });

const isReady = (pod: Body): boolean => condition(pod, 'Ready')?.status === 'True';
const isNew = ({ metadata }: Body): boolean => metadata.annotations?.['fleet-reloader.io/revision'] === 'k1:two';

const stepped = (now: Body): boolean => {
  const { currentRevision, updateRevision, updatedReplicas, readyReplicas } = now.status ?? {};
  const all = [updatedReplicas, readyReplicas].every((count) => count === now.spec?.replicas);
  return observed(now) && all && currentRevision === updateRevision;
};

const onEveryNode = (now: Body): boolean => {
  const { desiredNumberScheduled, updatedNumberScheduled, numberAvailable } = now.status ?? {};
  const counts = [updatedNumberScheduled, numberAvailable];
  return observed(now) && desiredNumberScheduled === 1 && counts.every((count) => count === 1);
};

export function describeStatefulSets({ kube }: Subject): void {
  describe('StatefulSets', () => {
    let place: Place;
    beforeEach(async () => (place = await newPlace(kube())));

    const started = async (spec = {}) => {
      const path = await createWorkload(kube(), place, 'StatefulSet', { name: 'db', replicas: 2, spec });
      await until(kube(), path, stepped);
      return path;
    };
    const newPods = async () =>
      (await kube().get(place.pods)).body.items?.filter(isNew).map(({ metadata }) => metadata.name);

    it('start in order and step to a new revision from the last pod down', async () => {
      const path = await started();
      const { body } = await kube().get(path);
      expect(body.status).toMatchObject({ replicas: 2, readyReplicas: 2, currentReplicas: 2, availableReplicas: 2 });
      const watch = await kube().watch(place.pods, `resourceVersion=${await kube().versionOf(place.pods)}`);
      await kube().patch(path, RESTART);
      const done = await until(kube(), path, (now) => stepped(now) && now.metadata.generation === 2);
      const gone = watch.types().filter((line) => line.startsWith('DELETED'));
      watch.close();
      expect([...new Set(gone)]).toEqual(['DELETED db-1', 'DELETED db-0']);
      expect(done.status?.updateRevision).not.toBe(body.status?.updateRevision);
      const pods = await untilItems(kube(), place.pods, 2, isReady);
      expect(pods.map(({ metadata }) => metadata.labels?.['controller-revision-hash'])).toEqual(
        [1, 2].map(() => done.status?.updateRevision),
      );
    });

    it('leave pods below the partition alone', async () => {
      const path = await started({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } });
      await kube().patch(path, RESTART);
      const done = await until(
        kube(),
        path,
        (now) => observed(now) && now.status?.updatedReplicas === 1 && now.status.readyReplicas === 2,
      );
      expect(done.status?.currentRevision).not.toBe(done.status?.updateRevision);
      expect(await newPods()).toEqual(['db-1']);
    });

    it('wait for somebody to delete the pods under OnDelete', async () => {
      const path = await started({ updateStrategy: { type: 'OnDelete' } });
      await kube().patch(path, RESTART);
      await until(kube(), path, (now) => observed(now) && now.status?.updateRevision !== now.status?.currentRevision);
      expect(await newPods()).toEqual([]);
      await kube().delete(`${place.pods}/db-0`);
      await untilItems(kube(), place.pods, 1, (pod) => isNew(pod) && isReady(pod));
      expect(await newPods()).toEqual(['db-0']);
    });

    it('stop at the first pod that does not become ready', async () => {
      const path = await started();
      const broken = { 'test.fleet-reloader.io/pods': 'never-ready', 'fleet-reloader.io/revision': 'k1:two' };
      await kube().patch(path, templateAnnotations(broken));
      const stuck = await until(kube(), path, (now) => observed(now) && now.status?.updatedReplicas === 1);
      expect(stuck.status).toMatchObject({ readyReplicas: 1 });
      expect(await newPods()).toEqual(['db-1']);
    });
  });
}

export function describeDaemonSets({ kube }: Subject): void {
  describe('DaemonSets', () => {
    let place: Place;
    beforeEach(async () => (place = await newPlace(kube())));

    const started = async (spec = {}) => {
      const path = await createWorkload(kube(), place, 'DaemonSet', { name: 'log', spec });
      await until(kube(), path, onEveryNode);
      return path;
    };

    it('run on every node and replace their pods when the template changes', async () => {
      const path = await started();
      await kube().patch(path, RESTART);
      const done = await until(kube(), path, (now) => onEveryNode(now) && now.metadata.generation === 2);
      expect(done.status).toMatchObject({ numberReady: 1, currentNumberScheduled: 1, numberMisscheduled: 0 });
      const [pod] = await untilItems(kube(), place.pods, 1, isReady);
      expect(pod && isNew(pod)).toBe(true);
    });

    it('leave their pods alone under OnDelete', async () => {
      const path = await started({ updateStrategy: { type: 'OnDelete' } });
      await kube().patch(path, RESTART);
      const seen = await until(
        kube(),
        path,
        (now) => observed(now) && now.status?.updatedNumberScheduled === undefined,
      );
      expect(seen.status).toMatchObject({ numberAvailable: 1 });
    });
  });
}
