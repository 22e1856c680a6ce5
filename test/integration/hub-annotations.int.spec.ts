import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import { InventoryStore } from '../../apps/hub/src/fleet/inventory.store';
import { ManualStart } from '../../apps/hub/src/change/manual-start';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { type FlowAgent, rev, SOURCE, SOURCE_KEY } from './flow-agent';
import { Fleet, FlowHub, SpecPolicies } from './flow-hub';

jest.setTimeout(30_000);

const B = rev('B');
const PERSON = { actor: 'ann', from: '10.0.0.1', why: 'because' };

describe('annotations that steer rollouts', () => {
  let server: RedisServer;
  let hub: FlowHub;
  let policies: SpecPolicies;
  let specs = 0;

  beforeAll(async () => {
    server = await startRedis();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    policies = new SpecPolicies();
    policies.set('default', { rollout: 'all' });
    policies.set('careful', { rollout: 'all', priority: -1 });
    specs += 1;
    hub = await FlowHub.start(server.url, `${server.prefix}-asked${specs}`, { fleet: new Fleet(), policies });
  });
  afterEach(() => hub.stop());

  const ended = (count: number): Promise<readonly Rollout[]> =>
    waitFor(`${count} rollouts to end`, async () => {
      const found = await hub.rollouts();
      return found.length === count && found.every(({ finishedAt }) => finishedAt !== null) ? found : undefined;
    });
  const change = async (agent: FlowAgent, letter = 'B'): Promise<void> => {
    agent.rotate(letter);
    await agent.report();
  };
  /** Which workloads were permitted to restart under which policy. */
  const carried = ({ permits }: FlowAgent): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      permits.map(
        ({ policy, restarts }) => [policy, restarts.map(({ workload }) => workload.name).toSorted()] as const,
      ),
    );

  it.each([
    ['at once', {}],
    ['after both have gathered', { coalesce: { quietPeriod: '200ms' } }],
  ])('a workload goes with the policy that it chooses, the others with the usual one: %s', async (_, how) => {
    policies.set('default', { rollout: 'all', ...how });
    policies.set('careful', { rollout: 'all', priority: -1, ...how });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.workloadsAsk.set('web', { policy: 'careful' });
    await change(agent);
    await ended(2);
    expect(carried(agent)).toEqual({ default: ['api'], careful: ['web'] });
    expect(agent.restarts.toSorted()).toEqual([`api@${B}`, `web@${B}`]);
    agent.permits.splice(0);
    await change(agent, 'C');
    await ended(4);
    expect(carried(agent)).toEqual({ default: ['api'], careful: ['web'] });
  });

  it('a choice is told along with what triggers, when a report is stored and when it is looked at again', async () => {
    const agent = await hub.join('c1');
    agent.workloadsAsk.set('web', { policy: 'careful' });
    agent.rotate('B');
    const inventory = hub.module.get(InventoryStore);
    const workloads = [agent.workload('web')];
    const gone = { goneSources: [], goneWorkloads: [], inventoryDigest: '' };
    const { triggers } = await inventory.apply(agent.session, { sources: [], workloads, ...gone });
    expect(triggers).toMatchObject([{ workload: 'Deployment/shop/web', source: SOURCE_KEY, choice: 'careful' }]);
    expect((await inventory.triggers('c1')).triggers).toEqual(triggers);
  });

  it('a source chooses for the workloads that do not choose themselves', async () => {
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.asks = { policy: 'careful' };
    agent.workloadsAsk.set('web', { policy: 'default' });
    await change(agent);
    await ended(2);
    expect(carried(agent)).toEqual({ careful: ['api'], default: ['web'] });
  });

  it.each([
    ['is not there', {}],
    ['does not match', { match: { clusters: 'env=prod' } }],
    ['is disabled', { enabled: false }],
    ['leaves it alone', { match: { workloads: { kinds: ['CronJob'] } } }],
  ])('a choice of a policy that %s loses nothing', async (_, spec) => {
    if (Object.keys(spec).length > 0) policies.set('chosen', { rollout: 'all', priority: -2, ...spec });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.asks = { policy: 'chosen' };
    agent.workloadsAsk.set('web', { policy: 'chosen' });
    await change(agent);
    await ended(1);
    expect(carried(agent)).toEqual({ default: ['api', 'web'] });
  });

  it('a choice holds for what is found when nobody had looked at it', async () => {
    policies.set('default', { rollout: 'all', enabled: false });
    policies.set('careful', { rollout: 'all', priority: -1, enabled: false });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.workloadsAsk.set('web', { policy: 'careful' });
    await change(agent);
    policies.set('default', { rollout: 'all' });
    policies.set('careful', { rollout: 'all', priority: -1 });
    await hub.connect(agent);
    await ended(2);
    expect(carried(agent)).toEqual({ default: ['api'], careful: ['web'] });
  });

  it('a person who names no policy is told that there are several; who names one has all carried by it', async () => {
    policies.set('default', { rollout: 'all', enabled: false });
    policies.set('careful', { rollout: 'all', priority: -1, enabled: false });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.workloadsAsk.set('web', { policy: 'careful' });
    await change(agent);
    policies.set('default', { rollout: 'all' });
    policies.set('careful', { rollout: 'all', priority: -1 });
    const manual = hub.module.get(ManualStart);
    const request = { source: SOURCE, clusters: null, policy: null, by: PERSON };
    await expect(manual.start(request)).rejects.toMatchObject({ reason: 'PolicyAmbiguous' });
    await manual.start({ ...request, policy: 'careful' });
    await ended(1);
    expect(carried(agent)).toEqual({ careful: ['api', 'web'] });
  });

  it('workloads restart after those that they name, and what would go in a circle waits for nobody', async () => {
    const agent = await hub.join('c1', {}, ['api', 'cache', 'db', 'web']);
    agent.workloadsAsk.set('api', { restartAfter: ['db', 'elsewhere'] });
    agent.workloadsAsk.set('cache', { restartAfter: ['web'] });
    agent.workloadsAsk.set('web', { restartAfter: ['api', 'cache'] });
    await change(agent);
    await ended(1);
    const order = agent.restarts.map((restart) => restart.split('@')[0]);
    expect(order.toSorted()).toEqual(['api', 'cache', 'db', 'web']);
    expect(order.filter((name) => name !== 'cache')).toEqual(['db', 'api', 'web']);
  });

  it.each([
    ['narrows the waves of a policy that allows it', true, ['all-part-1: c1', 'all: c2,c3']],
    ['changes nothing under one that does not', false, ['all: c1,c2,c3']],
  ])('what a source asks for %s, and every workload restarts', async (_, allowAnnotationOverride, waves) => {
    policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '1s' }, allowAnnotationOverride });
    const agents = [await hub.join('c1'), await hub.join('c2'), await hub.join('c3')];
    for (const agent of agents) agent.asks = { rolloutOverride: '1, rest / 1ms' };
    await Promise.all(agents.map((agent) => change(agent)));
    const [rollout] = await ended(1);
    expect(rollout?.waves.map(({ name, clusters }) => `${name}: ${clusters.join()}`)).toEqual(waves);
    expect(agents.map(({ restarts }) => restarts)).toEqual([[`web@${B}`], [`web@${B}`], [`web@${B}`]]);
  });

  it('a source may ask that a person starts its rollouts', async () => {
    policies.set('default', { rollout: 'all', allowAnnotationOverride: true });
    const agent = await hub.join('c1');
    agent.asks = { rolloutOverride: 'manual' };
    await change(agent);
    const draft = await waitFor('the draft', async () => (await hub.rollouts())[0]);
    expect([draft.phase, agent.permits]).toEqual(['Draft', []]);
  });
});
