import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlanView, PolicyView } from '@app/contracts/api/views';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { PolicyDirectory } from '../../apps/hub/src/policy/policy-directory';
import { Fleet } from './flow-hub';
import { ask, joinCluster, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };
const full = (name: string, spec: object) => ({
  apiVersion: 'fleet-reloader.io/v1',
  kind: 'RolloutPolicy',
  metadata: { name },
  spec,
});

describe('policies and plans through the API', () => {
  const fleet = new Fleet();
  const directory = mkdtempSync(join(tmpdir(), 'policies-'));
  const hub = SharedHub.forAllTests({ fleet, env: { HUB_POLICY_DIR: directory } });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Everything that the store holds for this hub, with its value. */
  async function stored(): Promise<ReadonlyMap<string, string>> {
    const store = hub.app.get(StateRedis);
    const keys = (await store.keys(`{${hub.redis.prefix}}:*`)).sort();
    return new Map(await Promise.all(keys.map(async (key) => [key, String(await store.dump(key))] as const)));
  }
  const put = (name: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(hub, `PUT /policies/${name}`, { body, headers });

  it('list a built-in default below every other, which can be replaced and comes back', async () => {
    expect((await ask(hub, 'GET /policies')).body).toMatchObject({
      items: [{ name: 'default', version: 0, origin: 'builtin', priority: -1_000_000 }],
    });
    expect(await ask(hub, 'DELETE /policies/default')).toMatchObject({ status: 409 });
    expect(await put('default', { rollout: 'all' })).toMatchObject({
      status: 200,
      body: { version: 1, origin: 'api', updatedBy: 'admin' },
    });
    expect((await ask(hub, 'DELETE /policies/default')).status).toBe(204);
    expect(await ask(hub, 'GET /policies/default')).toMatchObject({ body: { version: 0, origin: 'builtin' } });
    expect(await put('default', { rollout: 'canary' })).toMatchObject({ body: { version: 2 } });
    await ask(hub, 'DELETE /policies/default');
  });

  it('take JSON and YAML, and the same again makes no new version', async () => {
    const yaml =
      'apiVersion: fleet-reloader.io/v1\nkind: RolloutPolicy\nmetadata: {name: yaml}\nspec: {rollout: "@env=dev, rest / 5m"}\n';
    const first = await put('yaml', yaml, { 'Content-Type': 'application/yaml' });
    expect(first).toMatchObject({ status: 200, body: { name: 'yaml', version: 1 } });
    expect(await put('yaml', full('yaml', { rollout: '@env=dev, rest / 5m' }))).toMatchObject({ body: { version: 1 } });
    expect(await put('yaml', full('yaml', { rollout: '@env=dev, rest / 6m' }))).toMatchObject({ body: { version: 2 } });
  });

  it('are changed only in the version that the caller has seen', async () => {
    const made = await put('guarded', { rollout: 'all' }, { 'If-None-Match': '*' });
    expect(made.headers.get('etag')).toBe('"1"');
    expect((await put('guarded', { rollout: 'all' }, { 'If-None-Match': '*' })).status).toBe(412);
    expect((await put('guarded', { rollout: 'canary' }, { 'If-Match': '"1"' })).status).toBe(200);
    expect(await put('guarded', { rollout: 'all' }, { 'If-Match': '"1"' })).toMatchObject({
      status: 412,
      body: { detail: expect.stringContaining('version 2') },
    });
    expect((await put('guarded', { rollout: 'all' }, { 'If-Match': 'W/"2"' })).status).toBe(400);
    const race = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        put('guarded', full('guarded', { rollout: 'all', priority: at }), { 'If-Match': '"2"' }),
      ),
    );
    expect(race.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(race.filter(({ status }) => status === 412)).toHaveLength(9);
  });

  it('are refused with every fault at its place, and nothing changes', async () => {
    const waves = [
      { name: 'a', clusters: { rest: true }, dependsOn: ['b'], soak: { for: 'soon' } },
      { name: 'b', clusters: {}, colour: 'red' },
    ];
    const refused = await put('faulty', full('faulty', { waves, blockers: [] }));
    expect(refused).toMatchObject({ status: 422, body: { type: expect.stringContaining(':POLICY_INVALID') } });
    const pointers = (refused.body as { errors: { pointer: string; code: string }[] }).errors.map(
      ({ pointer, code }) => `${pointer} ${code}`,
    );
    expect(pointers).toEqual(
      expect.arrayContaining([
        '/spec/blockers NOT_SUPPORTED_YET',
        '/spec/waves/1/colour UNKNOWN_FIELD',
        expect.stringContaining('/spec/waves/0/soak/for'),
      ]),
    );
    expect((await ask(hub, 'GET /policies/faulty')).status).toBe(404);
    expect((await put('Not_A_Name', { rollout: 'all' })).status).toBe(400);
    expect((await put('one', full('other', { rollout: 'all' }))).status).toBe(422);
    expect((await put('one', '[]')).status).toBe(422);
    expect((await put('one', '{')).status).toBe(400);
  });

  it('rollouts 6: are refused with the way around when their waves go in a circle, and not stored', async () => {
    const wave = (name: string, before: string) => ({ name, clusters: { names: [name] }, dependsOn: [before] });
    const refused = await put('circle', full('circle', { waves: [wave('a', 'b'), wave('b', 'c'), wave('c', 'a')] }));
    const fault = { code: 'CYCLE', pointer: '/spec/waves/0/dependsOn', detail: expect.stringContaining('a>b>c>a') };
    expect(refused).toMatchObject({ status: 422, body: { errors: [fault] } });
    expect((await ask(hub, 'GET /policies/circle')).status).toBe(404);
  });

  it('are refused when they and others would wait for each other, also when all are stored at once', async () => {
    const after = (name: string, ...policies: string[]) => full(name, { rollout: 'all', dependsOn: { policies } });
    for (const [name, before] of [
      ['p1', 'p2'],
      ['p2', 'p3'],
    ] as const) {
      expect((await put(name, after(name, before))).status).toBe(200);
    }
    const refused = await put('p3', after('p3', 'elsewhere', 'p1'));
    const fault = {
      code: 'CYCLE',
      pointer: '/spec/dependsOn/policies',
      detail: expect.stringContaining('p3>p1>p2>p3'),
    };
    expect(refused).toMatchObject({ status: 422, body: { errors: [fault] } });
    expect((await ask(hub, 'GET /policies/p3')).status).toBe(404);
    expect((await put('self', after('self', 'self'))).status).toBe(422);
    expect((await put('p3', after('p3', 'elsewhere'))).status).toBe(200);

    const names = ['q1', 'q2', 'q3'];
    const race = await Promise.all(names.map((name, n) => put(name, after(name, names[(n + 1) % 3] ?? ''))));
    expect(race.map(({ status }) => status).sort()).toEqual([200, 200, 422]);
    for (const name of ['p1', 'p2', 'p3', ...names]) await ask(hub, `DELETE /policies/${name}`);
  });

  it('are written by many at a time, one after the other', async () => {
    const written = await Promise.all(Array.from({ length: 24 }, (_, n) => put('busy', { rollout: String(n + 1) })));
    expect(written.map(({ status }) => status)).toEqual(written.map(() => 200));
    expect((await ask(hub, 'GET /policies/busy')).headers.get('etag')).toBe('"24"');
    await ask(hub, 'DELETE /policies/busy');
  });

  it.each([
    ['/spec/waves/0/maxConcurrency', { waves: [{ name: 'a', clusters: { rest: true }, maxConcurrency: 0 }] }],
    ['/spec/frobnicate', { rollout: 'all', frobnicate: 1 }],
  ])('rollouts 10: are refused by the name of the field %s', async (pointer, spec) => {
    expect(await put('odd', full('odd', spec))).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect((await ask(hub, 'GET /policies/odd')).status).toBe(404);
  });

  it('are checked without being stored', async () => {
    expect(await ask(hub, 'POST /policies:validate', { body: full('draft', { rollout: 'canary' }) })).toMatchObject({
      status: 200,
      body: { valid: true, name: 'draft' },
    });
    expect(
      await ask(hub, 'POST /policies:validate', { body: full('draft', { rollout: 'all', colour: 1 }) }),
    ).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/colour' }] } });
    expect((await ask(hub, 'GET /policies/draft')).status).toBe(404);
    expect(await ask(hub, 'POST /policies%3Avalidate', { body: { rollout: 'canary' } })).toMatchObject({
      status: 200,
      body: { valid: true, name: null },
    });
  });

  it('rollouts 3: plan nothing, and say why, where no cluster is concerned', async () => {
    await joinCluster(hub, fleet, 'dev-1', 'dev');
    const nothing = { planned: 0, waves: [], warnings: [{ code: 'NO_TARGETS' }] };
    const planned = async (body: object): Promise<unknown> => {
      const { status, body: plan } = await ask(hub, 'POST /plans', { body });
      const { waves, ...rest } = plan as PlanView;
      return { status, ...rest, waves: waves.filter(({ targets }) => targets.length > 0) };
    };
    const unused = await planned({ source: { ...SOURCE, name: 'unused' } });
    expect(unused).toMatchObject({ status: 200, ...nothing });
    await put('elsewhere', full('elsewhere', { rollout: 'all', match: { clusters: 'env=nowhere' } }));
    expect(await planned({ source: SOURCE, policy: 'elsewhere' })).toMatchObject({ status: 200, ...nothing });
    const { items } = (await ask(hub, 'GET /policies?limit=500')).body as { items: PolicyView[] };
    for (const { name } of items) await put(name, full(name, { rollout: 'all', enabled: false }));
    expect(await planned({ source: SOURCE })).toMatchObject({ status: 200, ...nothing });
    expect((await fetch(`${hub.opsUrl}/readyz`)).status).toBe(200);
  });

  it('plan what a start by hand would do, and say so, where they are off', async () => {
    await joinCluster(hub, fleet, 'dev-off', 'off');
    await put('resting', full('resting', { rollout: 'off', match: { clusters: 'env=off' } }));
    const { status, body } = await ask(hub, 'POST /plans', { body: { source: SOURCE, policy: 'resting' } });
    const { warnings, planned } = body as PlanView;
    expect([status, planned, warnings.map(({ code }) => code)]).toEqual([
      ...[200, 1],
      expect.arrayContaining(['POLICY_OFF']) as string[],
    ]);
    expect((await ask(hub, 'DELETE /clusters/dev-off', {})).status).toBe(204);
  });

  it('of a directory are taken over, are read-only, and go with their files', async () => {
    const follower = hub.app.get(PolicyDirectory, { strict: false });
    const file = (...policies: unknown[]): Promise<void> => {
      writeFileSync(join(directory, 'a.yaml'), policies.map((policy) => JSON.stringify(policy)).join('\n---\n'));
      return follower.follow(directory);
    };
    const ready = async (): Promise<string> => (await fetch(`${hub.opsUrl}/readyz?verbose`)).text();
    await file(full('from-file', { rollout: 'all' }), full('second', { rollout: 'all' }));
    expect((await ask(hub, 'GET /policies/from-file')).body).toMatchObject({ origin: 'file', version: 1 });
    expect(await put('from-file', { rollout: 'canary' })).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining(':POLICY_READ_ONLY') },
    });
    expect((await ask(hub, 'DELETE /policies/from-file')).status).toBe(409);
    await follower.follow(directory);
    expect((await ask(hub, 'GET /policies/from-file')).body).toMatchObject({ version: 1 });
    expect(await ready()).toContain('[+]policies ok');

    await file(full('from-file', { rollout: 'broken !' }));
    expect((await ask(hub, 'GET /policies/from-file')).body).toMatchObject({ version: 1 });
    expect((await ask(hub, 'GET /policies/second')).status).toBe(404);
    expect(await ready()).toMatch(/\[~\]policies degraded: a\.yaml: .*rollout/);
    expect(await (await fetch(`${hub.opsUrl}/metrics`)).text()).toMatch(/^fleet_reloader_hub_policy_files_refused 1$/m);

    // As while it is not mounted.
    rmSync(join(directory, 'a.yaml'));
    mkdirSync(join(directory, 'b.yaml'));
    await follower.follow(directory);
    expect(await ready()).toContain('[~]policies degraded: b.yaml: can not be read');
    rmSync(join(directory, 'b.yaml'), { recursive: true });
    await follower.follow(directory);
    expect(await ready()).toContain('[~]policies degraded: the directory holds no file any more');
    expect((await ask(hub, 'GET /policies/from-file')).body).toMatchObject({ version: 1 });

    const { items } = (await ask(hub, 'GET /audit?limit=500')).body as { items: Record<string, unknown>[] };
    const followed = items.filter(({ actor }) => actor === 'HUB_POLICY_DIR');
    expect(followed.map(({ action, subject }) => `${String(action)} ${String(subject)}`)).toEqual([
      'policies.delete policies/second',
      'policies.put policies/second',
      'policies.put policies/from-file',
    ]);
  });

  it('rollouts 11: plan what a change would do, the same twice, and write nothing', async () => {
    await joinCluster(hub, fleet, 'dev-1', 'dev');
    const prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
    await put(
      'default',
      full('default', { rollout: '@env=dev, rest / 5m', coalesce: { quietPeriod: '10m', maxWait: '10m' } }),
    );
    const before = await stored();
    const first = await ask(hub, 'POST /plans', { body: { source: SOURCE } });
    expect(first.status).toBe(200);
    const after = await stored();
    expect(
      [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)),
    ).toEqual([]);
    expect(prod.permits).toEqual([]);
    const plan = first.body as PlanView;
    expect(plan.waves.map(({ targets }) => targets.map(({ cluster }) => cluster))).toEqual([['dev-1'], ['prod-1']]);
    expect(plan.waves[0]?.targets[0]?.workloads).toMatchObject([{ kind: 'Deployment', name: 'web', replicas: 1 }]);
    expect(plan.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['NOTHING_PENDING', 'SINGLE_REPLICA']),
    );
    const [dev, rest] = plan.waves.map(({ targets }) => Date.parse(targets[0]?.earliest ?? ''));
    expect((rest ?? 0) - (dev ?? 0)).toBe(300_000);
    const [devEnd, restEnd] = plan.waves.map(({ estimate }) => Date.parse(estimate?.endsAt ?? ''));
    expect((restEnd ?? 0) - (devEnd ?? 0)).toBe(360_000);
    expect(plan.estimate).toEqual({ restartSeconds: 60, endsAt: plan.waves[1]?.estimate?.endsAt });
    expect((await ask(hub, 'POST /plans', { body: { source: SOURCE } })).body).toMatchObject({
      planHash: plan.planHash,
      planned: 2,
    });
    const token = await tokenFor(hub, 'operator', 'env=prod');
    const seen = (await ask(hub, 'POST /plans', { body: { source: SOURCE }, token })).body;
    expect(seen).toMatchObject({ planHash: plan.planHash, planned: 1 });
    expect((await ask(hub, 'GET /rollouts')).body).toMatchObject({ items: [] });

    prod.rotate('B');
    await prod.report();
    const pending = (await ask(hub, 'POST /plans', { body: { source: SOURCE } })).body as PlanView;
    expect(pending.waves.flatMap(({ targets }) => targets.map(({ cluster }) => cluster))).toEqual(['prod-1']);
    const stale = await ask(hub, 'POST /rollouts', {
      body: { source: SOURCE, planHash: plan.planHash, reason: 'now' },
    });
    expect(stale).toMatchObject({ status: 409, body: { type: expect.stringContaining(':PLAN_CHANGED') } });
    const started = await ask(hub, 'POST /rollouts', {
      body: { source: SOURCE, planHash: pending.planHash, reason: 'now' },
    });
    expect(started).toMatchObject({ status: 201, body: { planHash: pending.planHash } });
  });

  it('refuse to plan by a policy that nobody knows', async () => {
    const unknown = await ask(hub, 'POST /plans', { body: { source: SOURCE, policy: 'nowhere' } });
    expect(unknown).toMatchObject({ status: 409, body: { errors: [{ pointer: '/policy', code: 'UNKNOWN_POLICY' }] } });
  });

  it('are listed with who wrote them', async () => {
    const { items } = (await ask(hub, 'GET /policies?limit=500')).body as { items: PolicyView[] };
    expect(items.map(({ name }) => name)).toEqual([...items.map(({ name }) => name)].sort());
    expect(items.find(({ name }) => name === 'from-file')?.updatedBy).toBe('HUB_POLICY_DIR');
  });
});
