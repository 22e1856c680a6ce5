import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { FlowAgent } from './flow-agent';
import { Fleet, SpecPolicies } from './flow-hub';
import { type Answer, ask, joinCluster, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };
const WEB = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const names = (view: RolloutView): string[] =>
  view.waves.flatMap(({ targets }) => targets.map(({ cluster }) => cluster));

/** Restarts of workloads that a person names; the agents are played, and say to forced permits what real ones do. */
describe('workloads that a person names', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const policies = new SpecPolicies();
  const hub = SharedHub.forAllTests({ fleet, policies });

  beforeAll(async () => {
    policies.set('default', { rollout: '@env=dev, rest / 0s' });
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
  }, 60_000);
  beforeEach(() => {
    for (const agent of [dev, prod]) agent.behaviour = {};
  });

  const start = (body: object, token?: string): Promise<Answer> =>
    ask(hub, 'POST /rollouts', { body: { reason: 'by hand', ...body }, ...(token === undefined ? {} : { token }) });

  it('are not restarted when they run what they should, and the answer says what would do it', async () => {
    expect(await start({ workloads: [WEB] })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/force', code: 'AlreadyCurrent', detail: expect.stringContaining('force') }] },
    });
    expect(await start({ workloads: [{ ...WEB, name: 'nobody' }], force: true })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/workloads', code: 'WorkloadsUnknown' }] },
    });
    const mistyped = [WEB, { ...WEB, name: 'wbe' }];
    expect(await start({ workloads: mistyped, force: true })).toMatchObject({
      status: 409,
      body: { errors: [{ pointer: '/workloads', detail: expect.stringContaining('reported Deployment/shop/wbe') }] },
    });
    expect(dev.permits).toEqual([]);
  });

  it('are restarted by force in waves, with permits that say so and name the reported revision', async () => {
    const answer = await start({ workloads: [WEB], force: true });
    const made = answer.body as RolloutView;
    expect(answer).toMatchObject({
      status: 201,
      body: { cause: { sources: [], workloads: [WEB], force: true, trigger: 'manual', actor: 'admin' } },
    });
    expect(names(made)).toEqual(['dev-1', 'prod-1']);
    expect(made.allowed).not.toContain('replan');
    await hub.rolloutIn(made.id, 'Succeeded');
    for (const { permits } of [dev, prod]) {
      expect(permits).toEqual([
        expect.objectContaining({ force: true, causes: [], restarts: [expect.objectContaining({ workload: WEB })] }),
      ]);
      expect(permits[0]?.restarts[0]?.toRevision).toBe(dev.revision);
    }
    expect([...dev.restarts, ...prod.restarts]).toHaveLength(2);
  });

  it('get one rollout for one wish as long as it is under way, and only in the clusters that are asked for', async () => {
    dev.behaviour = { silent: true };
    const wish = { workloads: [WEB], force: true, clusters: 'env=dev' };
    const first = (await start(wish)).body as RolloutView;
    expect(names(first)).toEqual(['dev-1']);
    expect((await start({ ...wish, reason: 'once more' })).body).toMatchObject({ id: first.id });
    const elsewhere = (await start({ ...wish, clusters: 'env=prod' })).body as RolloutView;
    expect(names(elsewhere)).toEqual(['prod-1']);
    dev.behaviour = {};
    for (const permit of dev.permits.slice(-1)) await dev.obey(permit);
    await hub.rolloutIn(first.id, 'Succeeded');
    await hub.rolloutIn(elsewhere.id, 'Succeeded');
  });

  it('fail with the words of an agent that does not consent', async () => {
    dev.behaviour = { outcome: 'LOCALLY_DENIED', reason: 'ForcedNotAllowed' };
    const { body } = await start({ source: SOURCE, force: true });
    const halted = await hub.rolloutIn((body as RolloutView).id, 'Halted');
    expect(halted.waves[0]?.targets[0]).toMatchObject({
      cluster: 'dev-1',
      phase: 'Failed',
      reason: 'ForcedNotAllowed',
    });
    expect(halted.message).toContain('ForcedNotAllowed');
    await ask(hub, `POST /rollouts/${halted.id}:cancel`);
    await hub.rolloutIn(halted.id, 'Cancelled');
  });

  it('halt nothing where an agent leaves them out, and say why', async () => {
    dev.behaviour = { outcome: 'SKIPPED', reason: 'ForcedNotSupported' };
    const { body } = await start({ source: SOURCE, force: true });
    const { waves } = await hub.rolloutIn((body as RolloutView).id, 'Succeeded');
    const [first, rest] = waves.map(({ targets }) => targets[0]);
    expect(first).toMatchObject({ cluster: 'dev-1', phase: 'Skipped', reason: 'ForcedNotSupported' });
    expect(rest).toMatchObject({ cluster: 'prod-1', phase: 'Succeeded' });
  });

  it('are brought to what they want without force, and need an operator', async () => {
    policies.set('default', { rollout: '@env=dev, rest / 0s', start: 'manual' }, 2);
    prod.rotate('B');
    await prod.report();
    const viewer = await tokenFor(hub, 'viewer');
    expect((await start({ workloads: [WEB] }, viewer)).status).toBe(403);
    const { status, body } = await start({ workloads: [WEB] }, await tokenFor(hub, 'operator'));
    expect(status).toBe(201);
    expect(names(body as RolloutView)).toEqual(['prod-1']);
    await hub.rolloutIn((body as RolloutView).id, 'Succeeded');
    expect(prod.permits.at(-1)).not.toHaveProperty('force');
    expect(prod.restarts.at(-1)).toBe(`web@${prod.revision}`);
  });

  it.each([
    ['neither source nor workloads', {}],
    ['both', { source: SOURCE, workloads: [WEB] }],
    ['a kind that nobody restarts', { workloads: [{ ...WEB, kind: 'Pod' }] }],
    ['no workload at all', { workloads: [] }],
    ['force in words', { workloads: [WEB], force: 'yes' }],
    ['the hash of a plan that there is not', { workloads: [WEB], planHash: 'x' }],
  ])('are refused with %s', async (_what, body) => {
    const answer = await start(body);
    expect(Math.floor(answer.status / 100)).toBe(4);
    expect(answer.body).toMatchObject({ errors: [expect.objectContaining({ pointer: expect.any(String) })] });
  });
});
