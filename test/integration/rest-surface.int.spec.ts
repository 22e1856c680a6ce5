import { Fleet } from './flow-hub';
import { ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

/** What scripts and dashboards outside this repository rely on: every one of these has to stay. */
const SURFACE = [
  'GET /version',
  'POST /enrolment-tokens',
  'GET /enrolment-tokens',
  'DELETE /enrolment-tokens/{id}',
  'GET /clusters',
  'GET /clusters/{name}',
  'PATCH /clusters/{name}',
  'DELETE /clusters/{name}',
  ...['approve', 'drain', 'undrain', 'revoke'].map((verb) => `POST /clusters/{name}:${verb}`),
  'GET /identities',
  'PUT /identities',
  'GET /recovery',
  'GET /sources',
  'GET /workloads',
  'GET /policies',
  'GET /policies/{name}',
  'PUT /policies/{name}',
  'DELETE /policies/{name}',
  'POST /policies:validate',
  'GET /policy-schema.json',
  'POST /plans',
  'GET /rollouts',
  'POST /rollouts',
  'GET /rollouts/{id}',
  ...['start', 'pause', 'resume', 'cancel', 'retry', 'replan', 'skip'].map((verb) => `POST /rollouts/{id}:${verb}`),
  'GET /rollouts/{id}/events',
  'GET /events',
  'GET /gates',
  'POST /gates/{id}:approve',
  'POST /gates/{id}:reject',
  'GET /holds',
  'POST /holds',
  'DELETE /holds/{id}',
  'GET /explain',
  'GET /convergence',
  'GET /audit',
  'GET /tokens',
  'POST /tokens',
  'DELETE /tokens/{id}',
  'GET /access',
];

describe('the public surface', () => {
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });
  beforeAll(async () => {
    await joinCluster(hub, fleet, 'dev-1', 'dev');
    await joinCluster(hub, fleet, 'prod-1', 'prod');
  }, 60_000);

  it('has every path, and each is described', async () => {
    const { body } = await ask(hub, 'GET /openapi.json', { token: null });
    const { paths } = body as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
    );
    expect(SURFACE.filter((each) => !described.includes(each))).toEqual([]);
    expect(described.filter((each) => !SURFACE.includes(each))).toEqual([]);
  });

  it.each(['/clusters', '/sources', '/workloads', '/policies', '/rollouts', '/gates', '/holds', '/audit', '/tokens'])(
    '%s is a list in pages',
    async (path) => {
      const { status, body } = await ask(hub, `GET ${path}?limit=1`);
      const next: unknown = (body as { nextCursor: unknown }).nextCursor;
      expect([status, typeof next === 'string' || next === null]).toEqual([200, true]);
      expect((body as { items: unknown[] }).items.length).toBeLessThanOrEqual(1);
      expect(await ask(hub, `GET ${path}?limit=0`)).toMatchObject({ status: 400 });
      expect(await ask(hub, `GET ${path}?colour=red`)).toMatchObject({ status: 400 });
    },
  );

  it.each(['cluster=dev-1', 'namespace=shop', 'kind=Secret', 'name=db', 'state=Failed'])(
    'sources are narrowed by %s',
    async (query) => {
      expect(await ask(hub, `GET /sources?${query}`)).toMatchObject({
        status: 200,
        body: { items: expect.any(Array) },
      });
    },
  );

  it.each([
    ['/clusters?labelSelector=env%3Ddev', ['dev-1']],
    ['/clusters?labelSelector=env%20in%20(dev,prod)', ['dev-1', 'prod-1']],
    ['/sources?labelSelector=!nowhere', ['dev-1', 'prod-1']],
    ['/sources?labelSelector=nowhere', []],
    ['/workloads?labelSelector=nowhere', []],
  ])('%s narrows by their own labels', async (path, clusters) => {
    const { body } = await ask(hub, `GET ${path}`);
    const { items } = body as { items: Record<string, unknown>[] };
    expect([...new Set(items.map((item) => item['cluster'] ?? item['name']))].sort()).toEqual(clusters);
  });
});
