/* eslint-disable max-lines-per-function -- cases are a list of sentences, as in a spec */
import { createWorkload, newPlace, type Place, type Subject, templateAnnotations } from './subject';
import type { Body, Json } from './body';
import { STRATEGIC } from './raw-kube';

const managers = ({ metadata }: Body): string[] => (metadata.managedFields ?? []).map(({ manager }) => manager).sort();

const fieldsOf = ({ metadata }: Body, manager: string): Json | undefined =>
  metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;

export function describeWrites({ kube }: Subject): void {
  describe('writes', () => {
    let place: Place;
    beforeAll(async () => (place = await newPlace(kube())));

    const created = async (name: string, data: Json = { k: 'v', gone: 'x' }): Promise<{ path: string; body: Body }> => {
      const { body } = await kube().post(place.configMaps, { metadata: { name }, data });
      return { path: `${place.configMaps}/${name}`, body };
    };

    it('merges a patch; null removes', async () => {
      const { path, body: before } = await created('merged');
      const { status, body } = await kube().patch(path, { data: { k: 'w', gone: null } });
      expect([status, body.data]).toEqual([200, { k: 'w' }]);
      expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
    });

    it('patches only the version that the patch names', async () => {
      const { path, body } = await created('guarded');
      const { resourceVersion } = body.metadata;
      const first = await kube().patch(path, { metadata: { resourceVersion }, data: { k: 'mine' } });
      expect(first.status).toBe(200);
      const second = await kube().patch(path, { metadata: { resourceVersion }, data: { k: 'late' } });
      expect(second.status).toBe(409);
      expect(second.body).toMatchObject({
        reason: 'Conflict',
        details: { name: 'guarded', kind: 'configmaps' },
        message: expect.stringContaining('the object has been modified') as string,
      });
      expect((await kube().get(path)).body.data).toEqual({ k: 'mine', gone: 'x' });
    });

    it('does not write a patch that changes nothing', async () => {
      const { path, body: before } = await created('same');
      const { body } = await kube().patch(`${path}?fieldManager=other`, { data: { k: 'v' } });
      expect(body.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      expect(managers(body)).toEqual(['kube-contract']);
    });

    it('records the field manager, and takes the field from its former one', async () => {
      const { path } = await created('owned');
      const { body } = await kube().patch(`${path}?fieldManager=fleet-reloader`, { data: { k: 'w' } });
      expect(managers(body)).toEqual(['fleet-reloader', 'kube-contract']);
      expect(fieldsOf(body, 'fleet-reloader')).toEqual({ 'f:data': { 'f:k': {} } });
      expect(fieldsOf(body, 'kube-contract')?.['f:data']).not.toHaveProperty('f:k');
    });

    it('replaces: with a version only that one, without any', async () => {
      const { path, body } = await created('replaced');
      const { resourceVersion } = body.metadata;
      const put = (metadata: Json, k: string) =>
        kube().put(path, { metadata: { name: 'replaced', ...metadata }, data: { k } });
      expect((await put({ resourceVersion }, 'one')).status).toBe(200);
      expect((await put({ resourceVersion }, 'two')).status).toBe(409);
      expect((await put({}, 'three')).body.data).toEqual({ k: 'three' });
      expect((await put({ name: 'other' }, 'four')).status).toBe(400);
      expect((await put({ uid: 'another' }, 'five')).status).toBe(409);
    });

    it('takes merge patches by their media type only', async () => {
      const { path } = await created('media');
      const { status, body } = await kube().patch(path, {}, 'application/json');
      expect([status, body.reason]).toEqual([415, 'UnsupportedMediaType']);
    });

    it('applies JSON patches', async () => {
      const { path } = await created('operations');
      const operations = [
        { op: 'test', path: '/data/k', value: 'v' },
        { op: 'replace', path: '/data/k', value: 'w' },
        { op: 'add', path: '/metadata/annotations', value: {} },
        { op: 'add', path: '/metadata/annotations/example.test~1a', value: '1' },
        { op: 'remove', path: '/data/gone' },
      ];
      const { body } = await kube().patch(path, operations, 'application/json-patch+json');
      expect(body.data).toEqual({ k: 'w' });
      expect(body.metadata.annotations).toEqual({ 'example.test/a': '1' });
    });

    it('refuses keys that are none', async () => {
      const { path } = await created('keys');
      for (const field of ['labels', 'annotations']) {
        const { status, body } = await kube().patch(path, { metadata: { [field]: { 'not~valid': 'x' } } });
        expect([status, body.details?.causes?.[0]?.field]).toEqual([422, `metadata.${field}`]);
      }
    });

    it('keeps secrets encoded, typed and, when asked, immutable', async () => {
      const { body } = await kube().post(place.secrets, { metadata: { name: 's' }, stringData: { k: 'plain' } });
      expect(body).toMatchObject({ type: 'Opaque', data: { k: Buffer.from('plain').toString('base64') } });
      expect(body).not.toHaveProperty('stringData');
      const path = `${place.secrets}/s`;
      expect((await kube().patch(path, { type: 'other' })).status).toBe(422);
      expect((await kube().patch(path, { data: { k: '!!' } })).status).toBe(422);
      expect((await kube().patch(path, { immutable: true })).status).toBe(200);
      const frozen = await kube().patch(path, { data: { k: 'eA==' } });
      expect([frozen.status, frozen.body.details?.causes?.[0]?.field]).toEqual([422, 'data']);
    });

    it('refuses a workload whose selector does not fit, or changes', async () => {
      const path = await createWorkload(kube(), place, 'Deployment', { name: 'selected', replicas: 0 });
      const labels = { spec: { template: { metadata: { labels: { app: 'other' } } } } };
      const selector = { spec: { selector: { matchLabels: { more: 'x' } } } };
      for (const patch of [labels, selector]) expect((await kube().patch(path, patch)).status).toBe(422);
    });

    it.each([
      ['Deployment', 'the pod template', templateAnnotations({ a: '1' }), 1],
      ['Deployment', 'a label', { metadata: { labels: { a: '1' } } }, 0],
      ['Deployment', 'an annotation', { metadata: { annotations: { a: '1' } } }, 1],
      ['StatefulSet', 'the pod template', templateAnnotations({ a: '1' }), 1],
      ['StatefulSet', 'an annotation', { metadata: { annotations: { a: '1' } } }, 0],
      ['DaemonSet', 'the pod template', templateAnnotations({ a: '1' }), 1],
      ['DaemonSet', 'an annotation', { metadata: { annotations: { a: '1' } } }, 0],
    ] as const)('counts generations of a %s: %s', async (kind, what, patch, raise) => {
      const name = `generation-${what.replaceAll(' ', '-')}`;
      const path = await createWorkload(kube(), place, kind, { name, replicas: 0 });
      const generation = (await kube().get(path)).body.metadata.generation ?? 0;
      const { body } = await kube().patch(path, patch);
      expect(body.metadata.generation).toBe(generation + raise);
    });

    it('merges containers by name in a strategic patch', async () => {
      const path = await createWorkload(kube(), place, 'Deployment', { name: 'strategic', replicas: 0 });
      const container = { name: 'app', env: [{ name: 'A', value: '1' }] };
      const patch = { spec: { template: { spec: { containers: [container] } } } };
      const { status, body } = await kube().patch(path, patch, STRATEGIC);
      expect(status).toBe(200);
      expect(body.spec).toMatchObject({
        template: { spec: { containers: [{ ...container, image: 'example.test/app:1' }] } },
      });
    });

    it('writes the status through its own door only', async () => {
      const path = await createWorkload(kube(), place, 'StatefulSet', { name: 'status', replicas: 0 });
      const patch = { spec: { replicas: 3 }, status: { conditions: [{ type: 'Custom', status: 'True' }] } };
      const main = await kube().patch(path, { status: patch.status });
      expect(main.body.status?.conditions).toBeUndefined();
      const generation = main.body.metadata.generation;
      const { body } = await kube().patch(`${path}/status`, patch);
      expect(body.status?.conditions).toMatchObject(patch.status.conditions);
      expect([body.spec?.replicas, body.metadata.generation]).toEqual([0, generation]);
    });
  });
}
