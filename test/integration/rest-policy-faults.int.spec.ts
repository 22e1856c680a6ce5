import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicyView, Problem } from '@app/contracts/api/views';
import { AuditLog } from '../../apps/hub/src/audit/audit.log';
import { Keys } from '../../apps/hub/src/platform/keys';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { StoreGate } from '../../apps/hub/src/platform/store-gate';
import { PolicyDirectory } from '../../apps/hub/src/policy/policy-directory';
import { PolicyService } from '../../apps/hub/src/policy/policy.service';
import { ask } from './rest-hub';
import { SharedHub } from './shared-hub';

const HEAD = 'apiVersion: fleet-reloader.io/v1\nkind: RolloutPolicy\nmetadata: { name: bad }\n';
const bomb = Array.from({ length: 20 }, (_, at) => `a${at}: &a${at} [${at === 0 ? 'x' : `*a${at - 1}, *a${at - 1}`}]`);

describe('policies that can not be', () => {
  const hub = SharedHub.forAllTests();
  const put = (text: string) =>
    ask(hub, 'PUT /policies/bad', { body: text, headers: { 'Content-Type': 'application/yaml' } });
  const faultsOf = (body: unknown): readonly string[] =>
    (body as Problem).errors.map(({ line, column, code, pointer }) => `${line}:${column} ${code} ${pointer}`).sort();

  it('are refused with line, column, path and what was expected, all faults at once', async () => {
    const waves = `
    - name: a
      clusters: { selector: "" }
      dependsOn: [b]
    - name: b
      clusters: { rest: true }
      dependsOn: [a]
      maxFailures: 101%
      colour: red`;
    const windows = `
    - { name: w, kind: deny, rrule: FREQ=DAILY, start: "01:00", end: "02:00", timezone: "+02:00" }`;
    const text = `${HEAD}spec:\n  onFailure: explode\n  waves:${waves}\n  windows:${windows}\n`;
    const refused = await put(text);
    expect(refused).toMatchObject({ status: 422, body: { type: expect.stringContaining(':POLICY_INVALID') } });
    expect(faultsOf(refused.body)).toEqual([
      '13:7 INVALID /spec/waves/1/maxFailures',
      '14:7 UNKNOWN_FIELD /spec/waves/1/colour',
      '16:79 INVALID /spec/windows/0/timezone',
      '5:3 INVALID_VALUE /spec/onFailure',
      '8:19 INVALID /spec/waves/0/clusters/selector',
      '9:7 CYCLE /spec/waves/0/dependsOn',
    ]);
    expect((refused.body as Problem).errors.find(({ pointer }) => pointer === '/spec/onFailure')).toMatchObject({
      expected: 'one of halt, continue, cancel',
    });
    expect(await ask(hub, 'GET /policies/bad')).toMatchObject({ status: 404 });
  });

  it.each<[string, string, readonly string[]]>([
    [
      'keys that are said twice',
      `${HEAD}spec:\n  rollout: all\n  rollout: canary`,
      ['6:3 DUPLICATE_KEY /spec/rollout'],
    ],
    ['text that is no YAML', 'rollout: "all', ['1:14 MISSING_CHAR ']],
    ['a megabyte', `rollout: all\n${'# filler\n'.repeat(120_000)}`, ['1:1 TOO_LARGE ']],
    ['depth', `rollout: ${'['.repeat(20_000)}`, ['1:1 TOO_DEEP ']],
  ])('for %s', async (_, text, faults) => {
    const refused = await put(text);
    expect([refused.status, faultsOf(refused.body)]).toEqual([422, faults]);
  });

  it('for aliases, which could unfold without end', async () => {
    const refused = await put(bomb.join('\n'));
    expect([refused.status, faultsOf(refused.body).length]).toEqual([422, 38]);
  });

  it('can not be changed are those of files only as long as somebody follows these', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'policies-'));
    writeFileSync(join(directory, 'a.yaml'), 'name: left-behind\nrollout: all');
    await hub.app.get(PolicyDirectory, { strict: false }).follow(directory);
    rmSync(directory, { recursive: true });
    expect(await ask(hub, 'GET /policies/left-behind')).toMatchObject({ body: { origin: 'file' } });
    const body = { rollout: 'canary' };
    expect(await ask(hub, 'PUT /policies/left-behind', { body })).toMatchObject({
      body: { origin: 'api', version: 2 },
    });
    expect(await ask(hub, 'DELETE /policies/left-behind')).toMatchObject({ status: 204 });
  });

  it('are those of files: replicas whose folders differ for a while do not take turns', async () => {
    const { app } = hub;
    const parts = [PolicyService, StoreGate, AuditLog].map((part) => app.get<unknown>(part, { strict: false }));
    const replica = () => {
      const folder = mkdtempSync(join(tmpdir(), 'policies-'));
      const [policies, gate, audit] = parts as [PolicyService, StoreGate, AuditLog];
      const follower = new PolicyDirectory(policies, gate, audit, { policyDir: folder });
      const has = (text: string): void => writeFileSync(join(folder, 'a.yaml'), text);
      return { folder, has, looks: () => follower.follow(folder) };
    };
    const [ahead, behind] = [replica(), replica()];
    const now = async (): Promise<unknown> => {
      const { status, body } = await ask(hub, 'GET /policies/shared');
      return status === 200 ? [(body as PolicyView).version, (body as PolicyView).document['rollout']] : status;
    };
    for (const each of [ahead, behind]) each.has('name: shared\nrollout: all');
    for (const each of [ahead, behind]) await each.looks();
    ahead.has('name: shared\nrollout: canary');
    for (const each of [ahead, behind, ahead, behind]) await each.looks();
    expect(await now()).toEqual([2, 'canary']);
    behind.has('name: shared\nrollout: canary');
    await behind.looks();
    expect(await now()).toEqual([2, 'canary']);
    // Lost, as with the store: both have it still.
    expect((await ask(hub, 'DELETE /policies/shared')).status).toBe(204);
    await behind.looks();
    expect(await now()).toEqual([3, 'canary']);
    // Gone back to an older one, as with a backup of the store.
    const store = app.get(StateRedis);
    const key = app.get(Keys).policies();
    const older =
      (await store.hget(key, 'shared'))?.replace('canary', 'all').replace('"version":3', '"version":1') ?? '';
    await behind.looks();
    await store.hset(key, 'shared', older);
    await store.incr(app.get(Keys).policiesRevision());
    expect(await now()).toEqual([1, 'all']);
    await behind.looks();
    expect(await now()).toEqual([4, 'canary']);
    for (const each of [ahead, behind]) each.has('# none');
    await ahead.looks();
    expect(await now()).toBe(404);
    await behind.looks();
    expect(await now()).toBe(404);
    for (const { folder } of [ahead, behind]) rmSync(folder, { recursive: true });
  });

  it('are refused alike where they are only checked', async () => {
    const body = { rollout: 'all', match: { clusters: '', colour: 1 } };
    const checked = await ask(hub, 'POST /policies:validate', { body: { name: 'x', ...body } });
    expect(checked).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/match/clusters' }, { pointer: '/match/colour', code: 'UNKNOWN_FIELD' }] },
    });
  });

  it('could have been seen by a schema, which is also in the OpenAPI document', async () => {
    const { status, body } = await ask(hub, 'GET /policy-schema.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'RolloutPolicy',
      anyOf: [{ required: ['rollout'], additionalProperties: false }, { additionalProperties: false }],
    });
    const { body: document } = await ask(hub, 'GET /openapi.json', { token: null });
    expect(document).toMatchObject({
      paths: {
        '/api/v1/policy-schema.json': { get: {} },
        '/api/v1/policies/{name}': {
          put: {
            requestBody: {
              content: { 'application/json': { schema: { $ref: '#/components/schemas/RolloutPolicy' } } },
            },
          },
        },
      },
      components: { schemas: { RolloutPolicy: { title: 'RolloutPolicy' } } },
    });
  });
});
