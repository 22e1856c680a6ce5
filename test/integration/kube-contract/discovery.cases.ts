import type { Subject } from './subject';

export function describeDiscovery({ kube }: Subject): void {
  describe('discovery', () => {
    it('tells its version', async () => {
      const { status, body } = await kube().get('/version');
      expect(status).toBe(200);
      expect(body).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) as string });
    });

    it('lists groups, versions and resources', async () => {
      expect((await kube().get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
      const groups = (await kube().get('/apis')).body.groups as readonly { readonly name: string }[];
      expect(groups.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['apps', 'coordination.k8s.io', 'events.k8s.io']),
      );
      const { body } = await kube().get('/apis/apps/v1');
      expect(body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
      expect(body.resources).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'deployments', kind: 'Deployment', namespaced: true }),
          expect.objectContaining({ name: 'deployments/status', kind: 'Deployment' }),
        ]),
      );
    });

    it('identifies the cluster by the uid of kube-system', async () => {
      const first = await kube().get('/api/v1/namespaces/kube-system');
      const again = await kube().get('/api/v1/namespaces/kube-system');
      expect(first.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(again.body.metadata.uid).toBe(first.body.metadata.uid);
    });

    it('answers 404 to a resource it does not serve', async () => {
      const { status, body } = await kube().get('/api/v1/nothings');
      expect(status).toBe(404);
      expect(body).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
    });

    it('answers whether something is allowed', async () => {
      const spec = { resourceAttributes: { verb: 'list', resource: 'secrets' } };
      const { status, body } = await kube().post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec });
      expect([status, body.status]).toEqual([201, expect.objectContaining({ allowed: true })]);
    });
  });
}
