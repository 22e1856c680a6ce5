import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { Problem } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import { Fleet } from './flow-hub';
import { ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };
const policy = (name: string, spec: object) => ({
  ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name } },
  spec: { start: 'manual', coalesce: { quietPeriod: '0s' }, rollout: 'all', ...spec },
});

describe('requests that can do nothing say why, by a stable code', () => {
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });
  const start = (more: object = {}) =>
    ask(hub, 'POST /rollouts', { body: { source: SOURCE, reason: 'spec', ...more } });
  const codes = (body: unknown): readonly (string | undefined)[] => (body as Problem).errors.map(({ code }) => code);

  it('where nothing is pending, and where no policy is known or one has to be named', async () => {
    const dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    const prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
    const idle = await start();
    expect([idle.status, codes(idle.body)]).toEqual([409, ['NothingPending']]);
    const unknown = await start({ policy: 'nowhere' });
    expect([unknown.status, codes(unknown.body)]).toEqual([409, ['PolicyUnknown']]);
    for (const env of ['dev', 'prod'])
      await ask(hub, `PUT /policies/${env}`, { body: policy(env, { priority: 5, match: { clusters: `env=${env}` } }) });
    for (const agent of [dev, prod]) {
      agent.rotate('B');
      await agent.report();
    }
    await waitFor('two Drafts', async () => ((await hub.rollouts()).length === 2 ? true : undefined));
    const several = await start();
    expect([several.status, codes(several.body)]).toEqual([409, ['PolicyAmbiguous']]);
    for (const env of ['dev', 'prod', 'default'])
      await ask(hub, `PUT /policies/${env}`, { body: policy(env, { enabled: false }) });
    const owned = await start();
    expect([owned.status, codes(owned.body)]).toEqual([409, ['PolicyUnknown']]);
    for (const env of ['dev', 'prod'])
      await ask(hub, `PUT /policies/${env}`, { body: policy(env, { priority: 5, match: { clusters: `env=${env}` } }) });
    await ask(hub, 'DELETE /policies/default');
  });

  it('where the phase forbids it, or the policy is gone', async () => {
    const { id = '' } = (await hub.rollouts()).find((each) => each.policy.name === 'dev') ?? {};
    const paused = await ask(hub, `POST /rollouts/${id}:pause`, { body: {} });
    expect(paused).toMatchObject({ status: 409, body: { phase: 'Draft', allowed: ['start', 'cancel', 'replan'] } });
    expect(codes(paused.body)).toEqual(['PhaseForbids']);
    await ask(hub, 'DELETE /policies/dev');
    const anew = await ask(hub, `POST /rollouts/${id}:replan`, { body: {} });
    expect([anew.status, codes(anew.body)]).toEqual([409, ['PolicyGone']]);
  });

  it.each<[string, readonly string[]]>([
    ['phase=Draft', ['dev', 'prod']],
    ['state=Draft', ['dev', 'prod']],
    ['phase=Running', []],
    ['policy=prod', ['prod']],
    ['cluster=dev-1', ['dev']],
    ['cluster=dev-1&policy=prod', []],
  ])('lists of rollouts are narrowed by %s', async (query, policies) => {
    const { status, body } = await ask(hub, `GET /rollouts?${query}`);
    expect([status, (body as { items: RolloutView[] }).items.map((each) => each.policy.name).sort()]).toEqual([
      200,
      policies,
    ]);
  });

  it.each([
    ['/sources?cluster=dev-1', ['dev-1']],
    ['/sources?kind=Secret&namespace=shop&name=db', ['dev-1', 'prod-1']],
    ['/sources?kind=ConfigMap', []],
    ['/sources?cluster=prod-1&state=Pending', ['prod-1']],
    ['/sources?state=Current', []],
    ['/workloads?cluster=prod-1&state=Pending', ['prod-1']],
    ['/workloads?state=Current', []],
    ['/workloads?namespace=elsewhere', []],
  ])('the inventory is narrowed by %s', async (path, clusters) => {
    const { status, body } = await ask(hub, `GET ${path}`);
    const { items } = body as { items: { cluster: string }[] };
    expect([status, items.map(({ cluster }) => cluster).sort()]).toEqual([200, clusters]);
  });

  it('an unknown filter is refused by its name', async () => {
    expect(await ask(hub, 'GET /rollouts?colour=red')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '?colour', code: 'UNKNOWN_FIELD' }] },
    });
  });
});
