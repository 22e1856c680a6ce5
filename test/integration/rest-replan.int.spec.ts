import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { PlanView } from '@app/contracts/api/views';
import { AGENT_INBOUND, type AgentInbound } from '../../apps/hub/src/gateway/agent.port';
import { Keys } from '../../apps/hub/src/platform/keys';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { UNLIMITED } from '@test/limits/unlimited';
import { waitFor } from '@test/wait';
import type { FlowAgent } from './flow-agent';
import { Fleet } from './flow-hub';
import { ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };
/** Changes of both clusters that come within 200 ms are one; each alone starts at once where a spec says so. */
const WAVES = { rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: '200ms' } };

/** Drafts, and what becomes of a plan when the world around it changes. */
describe('plans and their rollouts', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });
  let letter = 65;

  beforeAll(async () => {
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
  }, 60_000);

  async function policy(spec: object): Promise<number> {
    const often = { flap: { action: 'alert' }, limits: UNLIMITED, ...spec };
    const document = {
      ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'default' } },
      spec: often,
    };
    const { status, body } = await ask(hub, 'PUT /policies/default', { body: document });
    expect([status, body]).toEqual([expect.any(Number), expect.objectContaining({ version: expect.any(Number) })]);
    return (body as { version: number }).version;
  }
  const newest = async (): Promise<RolloutView | undefined> => (await hub.rollouts('?limit=1'))[0];
  const verb = (id: string, name: string, body: object = {}) => ask(hub, `POST /rollouts/${id}:${name}`, { body });
  const plan = async (): Promise<PlanView> =>
    (await ask(hub, 'POST /plans', { body: { source: SOURCE } })).body as PlanView;
  const hasTargets = (view: RolloutView, count: number): boolean => view.counts.targets === count;

  /** A new content in these clusters, one after the other; settles when one rollout holds them all. */
  async function changed(...agents: readonly FlowAgent[]): Promise<RolloutView> {
    const before = (await newest())?.id;
    for (const agent of agents) {
      agent.rotate(String.fromCharCode(letter));
      await agent.report();
    }
    return waitFor('a rollout of the change', async () => {
      const view = await newest();
      return view && view.id !== before && hasTargets(view, agents.length) ? hub.rollout(view.id) : undefined;
    });
  }
  beforeEach(() => {
    letter++;
    for (const agent of [dev, prod]) agent.behaviour = {};
  });

  it('rollouts 12: a draft is not started by the hash of a plan that has changed', async () => {
    await policy({ ...WAVES, start: 'manual', coalesce: { quietPeriod: '0s' } });
    const draft = await changed(dev);
    const seen = await plan();
    expect(draft).toMatchObject({ phase: 'Draft', reason: 'NotStarted', allowed: ['start', 'cancel', 'replan'] });
    expect(seen.planHash).toBe(draft.planHash);

    prod.rotate(String.fromCharCode(letter));
    await prod.report();
    await waitFor('prod to join the draft', async () => hasTargets(await hub.rollout(draft.id), 2));
    const told = dev.permits.length;
    const refused = await verb(draft.id, 'start', { planHash: seen.planHash });
    expect(refused).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining('PLAN_CHANGED'), phase: 'Draft', allowed: ['start', 'cancel', 'replan'] },
    });
    expect((await hub.rollout(draft.id)).phase).toBe('Draft');
    expect(dev.permits).toHaveLength(told);

    const successor = (await verb(draft.id, 'replan', { reason: 'prod joined' })).body as RolloutView;
    expect(successor).toMatchObject({ phase: 'Draft', counts: { targets: 2 }, planHash: (await plan()).planHash });
    expect(await hub.rollout(draft.id)).toMatchObject({
      ...{ phase: 'Superseded', supersededBy: successor.id },
      message: expect.stringContaining('planned anew'),
    });
    expect((await verb(successor.id, 'start', { planHash: successor.planHash })).status).toBe(200);
    await hub.rolloutIn(successor.id, 'Succeeded');
    expect(dev.restarts.length + prod.restarts.length).toBe(2);
  });

  it('a policy with start: planHash has nothing started that nobody has seen', async () => {
    await policy({ ...WAVES, start: 'planHash' });
    const draft = await changed(dev, prod);
    expect(draft.phase).toBe('Draft');
    expect(await verb(draft.id, 'start')).toMatchObject({
      status: 409,
      body: { errors: [expect.objectContaining({ code: 'PlanHashRequired' })] },
    });
    expect((await verb(draft.id, 'start', { planHash: draft.planHash })).status).toBe(200);
    await hub.rolloutIn(draft.id, 'Succeeded');
    prod.rotate(String.fromCharCode(++letter));
    const byHand = { source: SOURCE, reason: 'by hand' };
    await prod.report();
    expect(await ask(hub, 'POST /rollouts', { body: byHand })).toMatchObject({ status: 409 });
    await waitFor('the draft of the change', async () => (await newest())?.phase === 'Draft');
    const { planHash } = await plan();
    const own = await ask(hub, 'POST /rollouts', { body: { ...byHand, planHash } });
    expect(own.status).toBe(201);
    const { id } = own.body as RolloutView;
    prod.behaviour = { silent: true };
    await verb(id, 'start', { planHash });
    expect(await ask(hub, 'POST /rollouts', { body: byHand })).toMatchObject({ status: 201, body: { id } });
    prod.behaviour = {};
    await prod.obey(prod.permits.at(-1)!);
    await hub.rolloutIn(id, 'Succeeded');
  });

  it('rollouts 82: a running rollout keeps its policy until a person has it planned anew', async () => {
    await policy(WAVES);
    dev.behaviour = { silent: true };
    const first = await changed(dev, prod);
    const version = await policy({ rollout: 'all' });
    expect(await hub.rollout(first.id)).toMatchObject({ policyOutdated: true, policy: { version: version - 1 } });
    const restarts = dev.restarts.length;
    const answer = await verb(first.id, 'replan', { reason: 'all at once, please' });
    const successor = answer.body as RolloutView;
    expect(answer).toMatchObject({ status: 200, body: { policy: { version }, cause: { actor: 'admin' } } });
    expect(successor.waves.filter(({ targets }) => targets.length > 0)).toHaveLength(1);
    dev.behaviour = {};
    for (const permit of dev.permits.slice(-2)) await dev.obey(permit);
    await hub.rolloutIn(successor.id, 'Succeeded');
    await hub.rolloutIn(first.id, 'Superseded');
    expect(dev.restarts.length).toBe(restarts + 1);
    const again = await verb(first.id, 'replan');
    expect(again).toMatchObject({ status: 409, body: { phase: 'Superseded', allowed: [] } });
  });

  it('rollouts 83: a rollout whose policy is deleted goes on by the waves that it began with', async () => {
    await policy({ rollout: 'all' });
    await hub.putPolicy('mine', { ...WAVES, priority: 1 });
    dev.behaviour = { silent: true };
    const first = await changed(dev, prod);
    const told = prod.permits.length;
    expect((await ask(hub, 'DELETE /policies/mine')).status).toBe(204);
    expect(await hub.rollout(first.id)).toMatchObject({ phase: 'Running', policyOutdated: true });
    expect(prod.permits).toHaveLength(told);
    dev.behaviour = {};
    for (const permit of dev.permits.slice(-1)) await dev.obey(permit);
    const done = await hub.rolloutIn(first.id, 'Succeeded');
    expect(done.policy).toEqual(first.policy);
    expect(done.waves.map(({ phase, targets }) => [phase, ...targets.map(({ cluster }) => cluster)])).toEqual([
      ['Succeeded', 'dev-1'],
      ['Succeeded', 'prod-1'],
    ]);
    expect(prod.permits).toHaveLength(told + 1);
  });

  it('planning a paused rollout anew sets nothing in motion', async () => {
    await policy(WAVES);
    dev.behaviour = { silent: true };
    const first = await changed(dev, prod);
    await verb(first.id, 'pause');
    const told = prod.permits.length;
    const successor = (await verb(first.id, 'replan')).body as RolloutView;
    expect(successor).toMatchObject({ phase: 'Draft', message: 'it was planned anew: use start' });
    dev.behaviour = {};
    for (const permit of dev.permits.slice(-1)) await dev.obey(permit);
    await hub.rolloutIn(first.id, 'Superseded');
    expect(prod.permits).toHaveLength(told);
    await verb(successor.id, 'start');
    await hub.rolloutIn(successor.id, 'Succeeded');
  });

  it('a plan holds clusters that are off line, says so, and is the one that starts', async () => {
    await policy({ ...WAVES, start: 'manual', coalesce: { quietPeriod: '0s' } });
    fleet.away.set(dev.cluster, 0);
    const before = (await newest())?.id;
    prod.rotate(String.fromCharCode(letter));
    await prod.report();
    const draft = await waitFor('the draft', async () => ((await newest())?.id === before ? undefined : newest()));
    const seen = await plan();
    expect(seen).toMatchObject({ planHash: draft.planHash, planned: 2 });
    expect(seen.warnings).toContainEqual(expect.objectContaining({ code: 'OFFLINE', subject: 'dev-1' }));
    const [source, ...more] = draft.cause.sources;
    expect([source?.cluster, more]).toEqual(['prod-1', []]);
    const again = (await verb(draft.id, 'replan')).body as RolloutView;
    expect(again.planHash).toBe(draft.planHash);
    expect(await verb(again.id, 'start', { planHash: seen.planHash })).toMatchObject({ status: 200 });
    fleet.away.delete(dev.cluster);
    await verb(again.id, 'cancel');
  });

  it('a cluster that is revoked in flight gets the change after all when it is let in again', async () => {
    await policy({ rollout: 'one-by-one', coalesce: { quietPeriod: '200ms' } });
    dev.behaviour = { silent: true };
    const told = dev.permits.length;
    const { id } = await changed(dev, prod);
    await waitFor('the permit for dev-1', () => dev.permits.length > told);
    const [redis, clusters] = [hub.app.get(StateRedis), hub.app.get(Keys).clusters()];
    const approved = (await redis.hget(clusters, 'dev-1')) ?? '';
    expect((await ask(hub, 'POST /clusters/dev-1:revoke', { body: { reason: 'spec' } })).status).toBe(200);
    const { waves } = await hub.rolloutIn(id, 'Succeeded');
    expect(waves[0]?.targets).toMatchObject([{ phase: 'Skipped', reason: 'Left' }, { phase: 'Succeeded' }]);
    expect((await newest())?.id).toBe(id);
    dev.behaviour = {};
    await redis.hset(clusters, 'dev-1', approved);
    await hub.app.get<AgentInbound>(AGENT_INBOUND, { strict: false }).connected(dev.session);
    const next = await waitFor('a rollout for dev-1', async () => {
      const view = await newest();
      return view?.id === id ? undefined : view;
    });
    expect((await hub.rolloutIn(next?.id ?? '', 'Succeeded')).counts).toMatchObject({ targets: 1, succeeded: 1 });
    expect(dev.permits).toHaveLength(told + 2);
  });

  it('rollouts 53: a cluster that is removed in flight is skipped, and its slot is free at once', async () => {
    await policy({ rollout: 'one-by-one', coalesce: { quietPeriod: '200ms' } });
    dev.behaviour = { silent: true };
    const [toDev, toProd] = [dev.permits.length, prod.permits.length];
    const { id } = await changed(dev, prod);
    await waitFor('the permit for dev-1', () => dev.permits.length > toDev);
    expect(prod.permits).toHaveLength(toProd);
    expect((await ask(hub, 'DELETE /clusters/dev-1')).status).toBe(204);
    const { waves, counts } = await hub.rolloutIn(id, 'Succeeded');
    expect(waves[0]?.targets).toMatchObject([{ phase: 'Skipped', reason: 'Left' }, { phase: 'Succeeded' }]);
    expect([counts.skipped, counts.succeeded, prod.permits.length]).toEqual([1, 1, toProd + 1]);
  });
});
