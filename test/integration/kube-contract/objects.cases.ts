/* eslint-disable max-lines-per-function -- cases are a list of sentences, as in a spec */
import { newPlace, type Place, type Subject } from './subject';

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

export function describeObjects({ kube }: Subject): void {
  describe('objects', () => {
    let place: Place;
    beforeAll(async () => (place = await newPlace(kube())));

    it('creates an object with identity, version, time and writer', async () => {
      const given = { metadata: { name: 'created', labels: { a: '1' } }, data: { k: 'v' } };
      const { status, body } = await kube().post(place.configMaps, given);
      expect(status).toBe(201);
      expect(body).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } });
      expect(body.metadata).toMatchObject({
        name: 'created',
        namespace: place.namespace,
        labels: { a: '1' },
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        resourceVersion: expect.stringMatching(/^\d+$/) as string,
        creationTimestamp: expect.stringMatching(RFC3339) as string,
      });
      expect(body.metadata.managedFields).toEqual([
        expect.objectContaining({ manager: 'kube-contract', operation: 'Update', fieldsType: 'FieldsV1' }),
      ]);
      expect(body.metadata.generation).toBeUndefined();
    });

    it('makes names from generateName', async () => {
      const { body } = await kube().post(place.configMaps, { metadata: { generateName: 'made-' } });
      expect(body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    it('raises the version with every write', async () => {
      const first = await kube().post(place.configMaps, { metadata: { name: 'v1' } });
      const second = await kube().post(place.configMaps, { metadata: { name: 'v2' } });
      const [one, two] = [first, second].map(({ body }) => Number(body.metadata.resourceVersion));
      expect(two).toBeGreaterThan(one ?? 0);
    });

    it('refuses what exists already', async () => {
      await kube().post(place.configMaps, { metadata: { name: 'twice' } });
      const { status, body } = await kube().post(place.configMaps, { metadata: { name: 'twice' } });
      expect(status).toBe(409);
      expect(body).toMatchObject({
        kind: 'Status',
        reason: 'AlreadyExists',
        code: 409,
        message: 'configmaps "twice" already exists',
        details: { name: 'twice', kind: 'configmaps' },
      });
    });

    it.each(['GET', 'PATCH', 'PUT', 'DELETE'])('answers 404 to %s of what does not exist', async (method) => {
      const path = `${place.deployments}/none`;
      const calls = {
        GET: () => kube().get(path),
        PATCH: () => kube().patch(path, { metadata: { labels: { a: '1' } } }),
        PUT: () => kube().put(path, { metadata: { name: 'none' } }),
        DELETE: () => kube().delete(path),
      };
      const { status, body } = await calls[method as keyof typeof calls]();
      expect(status).toBe(404);
      expect(body).toMatchObject({
        reason: 'NotFound',
        message: 'deployments.apps "none" not found',
        details: { name: 'none', group: 'apps', kind: 'deployments' },
      });
    });

    it('refuses a namespace that does not exist', async () => {
      const { status, body } = await kube().post('/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'a' } });
      expect([status, body.message]).toEqual([404, 'namespaces "nowhere" not found']);
    });

    it('refuses invalid names with the field', async () => {
      for (const metadata of [{}, { name: 'Not_Valid' }]) {
        const { status, body } = await kube().post(place.configMaps, { metadata });
        expect([status, body.reason]).toEqual([422, 'Invalid']);
        expect(body.details?.causes?.[0]?.field).toBe('metadata.name');
      }
    });

    it('refuses another kind, another namespace and text that is no JSON object', async () => {
      const wrong = [
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
        { metadata: { name: 'a', namespace: 'default' } },
        { metadata: { name: 'a' }, data: { k: 5 } },
      ];
      for (const body of wrong) {
        const answer = await kube().post(place.configMaps, body);
        expect([answer.status, answer.body.reason]).toEqual([400, 'BadRequest']);
      }
    });

    it('does not allow POST to an object', async () => {
      const { status, body } = await kube().post(`${place.configMaps}/a`, {});
      expect([status, body.reason]).toEqual([405, 'MethodNotAllowed']);
    });

    it('deletes under a precondition, once', async () => {
      const { body } = await kube().post(place.configMaps, { metadata: { name: 'gone' } });
      const path = `${place.configMaps}/gone`;
      const refused = await kube().delete(path, { preconditions: { uid: 'another' } });
      expect([refused.status, refused.body.reason]).toEqual([409, 'Conflict']);
      const done = await kube().delete(path, { preconditions: { uid: body.metadata.uid } });
      expect(done.status).toBe(200);
      expect(done.body).toMatchObject({ kind: 'Status', status: 'Success' });
      expect((await kube().delete(path)).status).toBe(404);
    });

    it('keeps what has a finalizer until the last one is gone', async () => {
      const path = `${place.configMaps}/held`;
      await kube().post(place.configMaps, { metadata: { name: 'held', finalizers: ['example.test/hold'] } });
      const { status, body } = await kube().delete(path);
      expect([status, body.kind]).toEqual([200, 'ConfigMap']);
      expect(body.metadata.deletionTimestamp).toMatch(RFC3339);
      await kube().patch(path, { metadata: { finalizers: null } });
      expect((await kube().get(path)).status).toBe(404);
    });

    it('shows an event through both of its APIs', async () => {
      const events = `/namespaces/${place.namespace}/events`;
      const { status } = await kube().post(`/apis/events.k8s.io/v1${events}`, {
        metadata: { name: 'restarted' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'fleet-reloader-agent',
        reportingInstance: 'contract',
        action: 'Restart',
        reason: 'Reloaded',
        regarding: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: place.namespace },
        note: 'restarted for a new revision',
        type: 'Normal',
      });
      expect(status).toBe(201);
      const { body } = await kube().get(`/api/v1${events}?fieldSelector=reason%3DReloaded`);
      expect(body.items).toHaveLength(1);
      expect(body.items?.[0]).toMatchObject({
        involvedObject: { kind: 'Deployment', name: 'web' },
        message: 'restarted for a new revision',
        reportingComponent: 'fleet-reloader-agent',
      });
    });
  });
}
