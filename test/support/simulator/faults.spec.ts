import { request } from 'undici';
import { waitFor } from '../wait';
import { CONFIG_MAPS } from './resources';
import type { SimulatedCluster } from './cluster';
import { type Simulator, startSimulator } from './simulator';

const CONFIG = '/api/v1/namespaces/shop/configmaps';

describe('faults', () => {
  let simulator: Simulator;
  let cluster: SimulatedCluster;
  const controllers: AbortController[] = [];

  beforeAll(async () => {
    simulator = await startSimulator();
    cluster = await simulator.addCluster('faulty');
    cluster.objects.setConfigMap('shop', 'a', { k: '1' });
  });
  afterEach(() => {
    cluster.faults.clear();
    cluster.latencyMs = 0;
    cluster.requests.reset();
    for (const controller of controllers.splice(0)) controller.abort();
  });
  afterAll(() => simulator.stop());

  const call = (path: string, method: 'GET' | 'PATCH' = 'GET', body?: unknown) => {
    const controller = new AbortController();
    controllers.push(controller);
    return request(`${cluster.url}${path}`, {
      method,
      signal: controller.signal,
      headers: {
        authorization: 'Bearer any',
        'user-agent': 'agent/1.0',
        ...(body ? { 'content-type': 'application/merge-patch+json' } : {}),
      },
      body: body ? JSON.stringify(body) : null,
    });
  };
  const watch = async (query = '') => {
    const { body, statusCode } = await call(`${CONFIG}?watch=1&allowWatchBookmarks=true&${query}`);
    const seen = { text: '', statusCode, ended: false };
    body.setEncoding('utf8').on('data', (chunk: string) => (seen.text += chunk));
    body.once('end', () => (seen.ended = true)).once('error', () => (seen.ended = true));
    return seen;
  };
  const value = () =>
    (cluster.objects.configMap('shop', 'a') as { data?: Record<string, string> } | undefined)?.data?.k;

  it('refuses as often as told, with the time to wait, and lets others pass', async () => {
    cluster.faults.refuse(429, { count: 2, retryAfterSeconds: 7, match: { resource: 'configmaps', verb: 'get' } });
    for (const expected of [429, 429, 200]) {
      const { statusCode, headers, body } = await call(`${CONFIG}/a`);
      await body.dump();
      expect([statusCode, headers['retry-after']]).toEqual([expected, expected === 429 ? '7' : undefined]);
    }
    cluster.faults.refuse(503, { match: { userAgent: 'somebody-else' } });
    expect((await call(`${CONFIG}/a`)).statusCode).toBe(200);
  });

  it('writes and then drops the answer', async () => {
    cluster.faults.dropReply({ count: 1, match: { verb: 'patch' } });
    await expect(call(`${CONFIG}/a`, 'PATCH', { data: { k: 'dropped' } })).rejects.toThrow();
    expect(value()).toBe('dropped');
    expect(cluster.requests.list({ verb: 'patch' })).toMatchObject([{ status: 0, name: 'a' }]);
    expect((await call(`${CONFIG}/a`, 'PATCH', { data: { k: 'heard' } })).statusCode).toBe(200);
  });

  it('stalls: accepts, writes nothing and never answers', async () => {
    const lift = cluster.faults.stall({ match: { verb: 'patch' } });
    let answered = false;
    void call(`${CONFIG}/a`, 'PATCH', { data: { k: 'stalled' } }).then(
      () => (answered = true),
      () => undefined,
    );
    await waitFor('the request', () => cluster.requests.count({ verb: 'patch' }) === 1);
    expect((await call(`${CONFIG}/a`)).statusCode).toBe(200);
    expect([answered, value() === 'stalled']).toEqual([false, false]);
    lift();
    expect((await call(`${CONFIG}/a`, 'PATCH', { data: { k: 'free' } })).statusCode).toBe(200);
  });

  it('delays answers', async () => {
    cluster.latencyMs = 30;
    cluster.faults.delay(30, { count: 1 });
    const start = performance.now();
    await call(`${CONFIG}/a`);
    expect(performance.now() - start).toBeGreaterThanOrEqual(58);
  });

  it('cuts watches, and freezes them without closing', async () => {
    const [cut, frozen] = [await watch(), await watch('fieldSelector=metadata.name%3Da')];
    await waitFor('both watches', () => cluster.watchCount() === 2 && cut.text !== '' && frozen.text !== '');
    cluster.cutWatches();
    await waitFor('the end', () => cut.ended && frozen.ended);
    const silent = await watch();
    await waitFor('the watch', () => silent.text !== '');
    const before = silent.text;
    cluster.freezeWatches();
    cluster.objects.setConfigMap('shop', 'a', { k: 'frozen' });
    cluster.sendBookmarks();
    const other = await watch();
    await waitFor('a new watch to see it', () => other.text.includes('frozen'));
    expect([silent.text, silent.ended]).toEqual([before, false]);
    cluster.thawWatches();
    await waitFor('the thaw', () => silent.text.includes('frozen') && silent.text.includes('BOOKMARK'));
  });

  it('says 410 as HTTP status when told so', async () => {
    cluster.compact();
    cluster.faults.goneAs = 'http';
    expect((await watch('resourceVersion=1')).statusCode).toBe(410);
    cluster.faults.goneAs = 'event';
    expect((await watch('resourceVersion=1')).statusCode).toBe(200);
  });

  it('has outages: refuses connections, breaks watches, comes back where it was', async () => {
    const broken = await watch();
    const { url } = cluster;
    await cluster.stopApiServer();
    await waitFor('the end of the watch', () => broken.ended);
    await expect(call(`${CONFIG}/a`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    cluster.objects.setConfigMap('shop', 'a', { k: 'meanwhile' });
    await cluster.startApiServer();
    expect(cluster.url).toBe(url);
    const { body } = await call(`${CONFIG}/a`);
    expect(await body.json()).toMatchObject({ data: { k: 'meanwhile' } });
    expect(cluster.watchCount()).toBe(0);
  });

  it('logs who asked what, and no content', async () => {
    await (await call(`${CONFIG}/a`, 'PATCH', { data: { k: 'canary-value' } })).body.dump();
    await (await call(`${CONFIG}/none`)).body.dump();
    expect(cluster.requests.list().map(({ verb, name, status, manager }) => [verb, name, status, manager])).toEqual([
      ['patch', 'a', 200, 'agent'],
      ['get', 'none', 404, 'agent'],
    ]);
    expect(cluster.requests.count({ verb: 'patch', userAgent: 'agent/' })).toBe(1);
    expect(JSON.stringify(cluster.requests.list())).not.toContain('canary-value');
  });

  it('asks for a bearer token', async () => {
    const { statusCode } = await request(`${cluster.url}${CONFIG}`);
    expect(statusCode).toBe(401);
    expect(cluster.objects.list(CONFIG_MAPS, 'shop')).toHaveLength(1);
  });
});
