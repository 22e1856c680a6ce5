import { Redis } from 'ioredis';
import { waitFor } from '@test/wait';
import { ADMIN, ask } from './rest-hub';
import { SharedHub } from './shared-hub';

/** Probes, metrics and events: what the hub says of itself. */
describe('the hub watched from outside', () => {
  const hub = SharedHub.forAllTests({}, { own: true });

  const probe = async (path: string, accept = '*/*'): Promise<{ status: number; text: string }> => {
    const response = await fetch(hub.opsUrl + path, { headers: { Accept: accept } });
    return { status: response.status, text: await response.text() };
  };
  const happened = async (client: Redis, type: string, rollout = 'r-1'): Promise<string> => {
    const fields = [
      'at',
      '1700000000000',
      'type',
      type,
      'rollout',
      rollout,
      'cluster',
      '',
      'reason',
      'R',
      'message',
      'M',
    ];
    return (await client.xadd(`{${hub.redis.prefix}}:events`, '*', ...fields)) ?? '';
  };

  it('answers its probes in short, in words and as JSON', async () => {
    expect(await probe('/livez')).toEqual({ status: 200, text: 'ok\n' });
    expect(await probe('/startupz')).toEqual({ status: 200, text: 'ok\n' });
    expect((await probe('/readyz?verbose')).text).toMatch(
      /^\[\+\]redis ok\n\[\+\]store ok\n\[.\]agents .*\n\[\+\]recovery ok\nreadyz check passed\n$/,
    );
    expect(JSON.parse((await probe('/readyz', 'application/json')).text)).toMatchObject({
      details: { redis: { status: 'up' } },
    });
    expect((await probe('/elsewhere')).status).toBe(404);
  });

  it('counts requests by route, never by address', async () => {
    await ask(hub, 'GET /rollouts/r-unknown-17');
    await ask(hub, 'GET /no-such-thing-17');
    const { text } = await probe('/metrics');
    expect(text).toContain(
      'fleet_reloader_hub_http_requests_total{method="GET",route="/api/v1/rollouts/:id",status="404"} 1',
    );
    expect(text).toMatch(/fleet_reloader_hub_build_info\{version="\d/);
    expect(text).toContain('fleet_reloader_hub_redis_up 1');
    expect(text).not.toContain('-17');
  });

  it('pages through events, and resumes a stream behind the last one seen', async () => {
    const client = new Redis(hub.redis.url);
    const ids = [];
    for (const type of ['one', 'two', 'three']) ids.push(await happened(client, type));
    await happened(client, 'other', 'r-2');
    const first = await ask(hub, 'GET /events?limit=2', { headers: { Accept: 'application/json' } });
    expect(first.body).toMatchObject({
      items: [{ type: 'one', rollout: 'r-1', cluster: null }, { type: 'two' }],
      nextCursor: ids[1],
    });
    const rest = await ask(hub, `GET /events?cursor=${ids[1]}`, { headers: { Accept: 'application/json' } });
    expect(rest.body).toMatchObject({ items: [{ type: 'three' }, { type: 'other' }], nextCursor: null });

    const stream = await openStream('/events', ids[0]);
    await stream.until('event: three');
    const live = await happened(client, 'four');
    await stream.until(`id: ${live}\nevent: four`);
    expect(stream.text()).not.toContain('event: one');
    expect(stream.type).toContain('text/event-stream');
    await stream.close();
    await client.quit();
  }, 20_000);

  it('tells a stream that comes back too late that events are missing', async () => {
    const stream = await openStream('/events', '1-0');
    await stream.until('event: Gap');
    await stream.close();
  }, 20_000);

  it('rollouts 59: without Redis is alive but not ready, refuses with 503, and recovers alone', async () => {
    await hub.redis.kill();
    expect((await probe('/livez')).status).toBe(200);
    await waitFor('a probe that names Redis', async () => (await probe('/readyz')).text.includes('[-]redis failed'));
    expect((await probe('/readyz')).status).toBe(503);
    const refused = await ask(hub, 'GET /clusters');
    expect(refused).toMatchObject({ status: 503, body: { type: 'urn:fleet-reloader:problem:STORE_UNAVAILABLE' } });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await probe('/metrics')).text).toContain('fleet_reloader_hub_redis_up 0');
    await hub.redis.restart();
    await waitFor('ready again', async () => (await probe('/readyz')).status === 200);
    expect((await ask(hub, 'GET /clusters')).status).toBe(200);
  }, 60_000);

  async function openStream(path: string, lastId?: string) {
    const abort = new AbortController();
    const headers = { Authorization: `Bearer ${ADMIN}`, ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }) };
    const response = await fetch(`${hub.url}/api/v1${path}`, { headers, signal: abort.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    return {
      type: response.headers.get('content-type') ?? '',
      text: () => text,
      until: (part: string) =>
        waitFor(`"${part}" in the stream`, () => text.includes(part), { timeoutMs: 10_000, describe: () => text }),
      close: () => {
        abort.abort();
        return reading;
      },
    };
  }
});
