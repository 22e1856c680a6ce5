import { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import type { Role } from '@app/contracts/api/views';
import { ROLES } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import { RouteTable } from '../../apps/hub/src/api/route-table';
import { ADMIN, ask, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

/** Who may do what. */
describe('access to the API', () => {
  const hub = SharedHub.forAllTests({}, { own: true });
  const tokens = new Map<Role, string>();
  beforeAll(async () => {
    for (const role of ROLES) tokens.set(role, await tokenFor(hub, role));
  }, 60_000);

  it('is declared by every route of every module', () => {
    const routes = hub.app.get(RouteTable, { strict: false }).all();
    expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
    const open = routes
      .filter(({ access }) => access === 'public')
      .map(({ controller, handler }) => `${controller}.${handler}`);
    expect(open.sort()).toEqual([
      'EnrolController.enrol',
      'PlainHttpController.connect',
      'PlainHttpController.sync',
      'VersionController.version',
    ]);
    expect(routes.length).toBeGreaterThan(25);
  });

  it('needs a token on every route but the public ones, and the role that the route declares', async () => {
    const { body } = await ask(hub, 'GET /openapi.json', { token: null });
    const { paths } = body as { paths: Record<string, Record<string, { security?: unknown; description?: string }>> };
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const request = `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'none')}`;
        const anonymous = await ask(hub, request, { token: null, headers: { Accept: 'application/json' } });
        if (!operation.security) {
          expect({ request, status: anonymous.status }).toEqual({ request, status: 200 });
          continue;
        }
        expect({ request, status: anonymous.status }).toEqual({ request, status: 401 });
        await expectRoles(request, operation.description ?? '');
      }
    }
  }, 60_000);

  async function expectRoles(request: string, description: string): Promise<void> {
    const needed = ROLES.findIndex((role) => description.startsWith(`Needs the role ${role}`));
    expect({ request, needed }).not.toEqual({ request, needed: -1 });
    for (const [rank, role] of ROLES.entries()) {
      const { status } = await ask(hub, request, {
        token: tokens.get(role) ?? '',
        headers: { Accept: 'application/json' },
      });
      expect({ request, role, allowed: status !== 403 && status !== 401 }).toEqual({
        request,
        role,
        allowed: rank >= needed,
      });
    }
  }

  it.each(['', 'Bearer', 'Basic abc', 'Bearer wrong', `Bearer fr_admin_${'x'.repeat(43)}`])(
    'refuses the credential "%s"',
    async (header) => {
      const answer = await ask(hub, 'GET /clusters', {
        token: null,
        headers: header === '' ? {} : { Authorization: header },
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    },
  );

  it('ends at once when the token is removed, and when it expires', async () => {
    const made = await ask(hub, 'POST /tokens', { body: { name: 'short', role: 'viewer' } });
    const { id, token } = made.body as { id: string; token: string };
    expect((await ask(hub, 'GET /clusters', { token })).status).toBe(200);
    expect((await ask(hub, `DELETE /tokens/${id}`)).status).toBe(204);
    expect((await ask(hub, 'GET /clusters', { token })).status).toBe(401);
    const brief = await ask(hub, 'POST /tokens', { body: { name: 'brief', role: 'viewer', expiresIn: '1ms' } });
    expect((await ask(hub, 'GET /clusters', { token: (brief.body as { token: string }).token })).status).toBe(401);
  });

  it('limited to some clusters shows and touches only those', async () => {
    const client = new Redis(hub.redis.url);
    const cluster = (name: string, env: string) => ({
      name,
      labels: { env },
      uid: name,
      publicKey: 'k'.repeat(43),
      state: 'Approved',
      credVersion: 1,
      drained: false,
      agentVersion: '1',
      kubernetesVersion: '1',
      createdAt: 1,
      candidate: null,
    });
    for (const record of [cluster('dev-1', 'dev'), cluster('prod-1', 'prod')])
      await client.hset(`{${hub.redis.prefix}}:clusters`, record.name, JSON.stringify(record));
    await client.quit();
    const token = await tokenFor(hub, 'operator', 'env=dev');
    expect(await ask(hub, 'GET /clusters', { token })).toMatchObject({ body: { items: [{ name: 'dev-1' }] } });
    expect((await ask(hub, 'GET /clusters/prod-1', { token })).status).toBe(404);
    expect((await ask(hub, 'POST /clusters/prod-1:drain', { token })).status).toBe(404);
    expect(await ask(hub, 'POST /clusters/dev-1:drain', { token })).toMatchObject({
      status: 200,
      body: { drained: true },
    });
    expect(await ask(hub, 'GET /clusters/prod-1')).toMatchObject({ body: { drained: false } });
    expect((await ask(hub, 'GET /audit', { token })).status).toBe(403);
    const admin = await tokenFor(hub, 'admin', 'env=dev');
    expect(await ask(hub, 'POST /tokens', { token: admin, body: { name: 'wider', role: 'admin' } })).toMatchObject({
      status: 403,
    });
  });

  it('answers what a token may do', async () => {
    const token = tokens.get('viewer') ?? '';
    expect(await ask(hub, 'GET /access?verb=pause&resource=rollouts', { token })).toMatchObject({
      body: { allowed: false, role: 'viewer', needs: 'operator' },
    });
    expect(await ask(hub, 'GET /access?verb=list&resource=rollouts', { token })).toMatchObject({
      body: { allowed: true },
    });
    expect((await ask(hub, 'GET /access?verb=fly&resource=rollouts', { token })).status).toBe(400);
  });

  it('is written down: who, from where, what and why, also what was refused', async () => {
    await ask(hub, 'POST /clusters/dev-1:undrain', { body: { reason: 'the repair is over' } });
    const refused = {
      actor: 'viewer-of-specs',
      action: 'clusters.drain',
      detail: { outcome: 'refused', code: 'ROLE' },
    };
    const done = { actor: 'admin', from: '127.0.0.1', action: 'clusters.undrain', subject: 'clusters/dev-1' };
    // A flood of refusals is thinned out, and the test above was one: ask until one is let in.
    const items = await waitFor('the refusal in the audit log', async () => {
      await ask(hub, 'POST /clusters/dev-1:drain', { token: tokens.get('viewer') ?? '' });
      const { body } = await ask(hub, 'GET /audit?limit=20');
      const found = (body as { items: Record<string, unknown>[] }).items;
      return found[0]?.action === 'clusters.drain' ? found : undefined;
    });
    expect(items[0]).toMatchObject(refused);
    expect(items.find(({ action }) => action === 'clusters.undrain')).toMatchObject({
      ...done,
      reason: 'the repair is over',
      detail: { outcome: 'done' },
    });
  });

  it('leaves no token in the store, only its digest', async () => {
    const token = tokens.get('viewer') ?? '';
    const client = new Redis(hub.redis.url);
    const dump: string[] = [];
    for (const key of await client.keys('*')) dump.push((await client.dumpBuffer(key))?.toString('latin1') ?? '');
    const kept = await client.hvals(`{${hub.redis.prefix}}:tok`);
    await client.quit();
    expect(dump.join('')).not.toContain(token.split('_')[2]);
    expect(dump.join('')).not.toContain(ADMIN);
    expect(kept.join('')).toContain(createHash('sha256').update(token).digest('hex'));
  });
});
