import { waitFor } from '@test/wait';
import { InventoryStore } from '../../apps/hub/src/fleet/inventory.store';
import { SourceStart } from '../../apps/hub/src/change/by-hand/source-start';
import type { Rollout } from '../../apps/hub/src/rollout/core/model';
import { change, type FlowAgent, rev, SOURCE, SOURCE_KEY } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

const B = rev('B');
const PERSON = { actor: 'ann', from: '10.0.0.1', why: 'because' };

describe('annotations that steer rollouts', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;

  beforeEach(async () => {
    hubs.policies.set('default', { rollout: 'all' });
    hubs.policies.set('careful', { rollout: 'all', priority: -1 });
    hub = await hubs.start();
  });

  const ended = (count: number): Promise<readonly Rollout[]> =>
    waitFor(`${count} rollouts to end`, async () => {
      const found = await hub.rollouts();
      return found.length === count && found.every(({ finishedAt }) => finishedAt !== null) ? found : undefined;
    });
  /** Which workloads were permitted to restart under which policy. */
  const carried = ({ permits }: FlowAgent): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      permits.map(
        ({ policy, restarts }) => [policy, restarts.map(({ workload }) => workload.name).toSorted()] as const,
      ),
    );

  /** A cluster whose source changed while no policy was enabled; its `web` chooses the careful one. */
  async function changedUnseen(): Promise<FlowAgent> {
    hubs.policies.set('default', { rollout: 'all', enabled: false });
    hubs.policies.set('careful', { rollout: 'all', priority: -1, enabled: false });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.workloadsAsk.set('web', { policy: 'careful' });
    await change('B', agent);
    hubs.policies.set('default', { rollout: 'all' });
    hubs.policies.set('careful', { rollout: 'all', priority: -1 });
    return agent;
  }

  it.each([
    ['at once', {}],
    ['after both have gathered', { coalesce: { quietPeriod: '200ms' } }],
  ])('a workload goes with the policy that it chooses, the others with the usual one: %s', async (_, how) => {
    hubs.policies.set('default', { rollout: 'all', ...how });
    hubs.policies.set('careful', { rollout: 'all', priority: -1, ...how });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.workloadsAsk.set('web', { policy: 'careful' });
    await change('B', agent);
    await ended(2);
    expect(carried(agent)).toEqual({ default: ['api'], careful: ['web'] });
    expect(agent.restarts.toSorted()).toEqual([`api@${B}`, `web@${B}`]);
    agent.permits.splice(0);
    await change('C', agent);
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
    await change('B', agent);
    await ended(2);
    expect(carried(agent)).toEqual({ careful: ['api'], default: ['web'] });
  });

  it.each([
    ['is not there', {}],
    ['does not match', { match: { clusters: 'env=prod' } }],
    ['is disabled', { enabled: false }],
    ['leaves it alone', { match: { workloads: { kinds: ['CronJob'] } } }],
  ])('a choice of a policy that %s loses nothing', async (_, spec) => {
    if (Object.keys(spec).length > 0) hubs.policies.set('chosen', { rollout: 'all', priority: -2, ...spec });
    const agent = await hub.join('c1', {}, ['api', 'web']);
    agent.asks = { policy: 'chosen' };
    agent.workloadsAsk.set('web', { policy: 'chosen' });
    await change('B', agent);
    await ended(1);
    expect(carried(agent)).toEqual({ default: ['api', 'web'] });
  });

  it('a choice holds for what is found when nobody had looked at it', async () => {
    const agent = await changedUnseen();
    await hub.connect(agent);
    await ended(2);
    expect(carried(agent)).toEqual({ default: ['api'], careful: ['web'] });
  });

  it('a person who names no policy is told that there are several; who names one has all carried by it', async () => {
    const agent = await changedUnseen();
    const manual = hub.module.get(SourceStart);
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
    await change('B', agent);
    await ended(1);
    const order = agent.restarts.map((restart) => restart.split('@')[0]);
    expect(order.toSorted()).toEqual(['api', 'cache', 'db', 'web']);
    expect(order.filter((name) => name !== 'cache')).toEqual(['db', 'api', 'web']);
  });

  it.each([
    ['narrows the waves of a policy that allows it', true, ['all-part-1: c1', 'all: c2,c3']],
    ['changes nothing under one that does not', false, ['all: c1,c2,c3']],
  ])('what a source asks for %s, and every workload restarts', async (_, allowAnnotationOverride, waves) => {
    hubs.policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '1s' }, allowAnnotationOverride });
    const agents = [await hub.join('c1'), await hub.join('c2'), await hub.join('c3')];
    for (const agent of agents) agent.asks = { rolloutOverride: '1, rest / 1ms' };
    await Promise.all(agents.map((agent) => change('B', agent)));
    const [rollout] = await ended(1);
    expect(rollout?.waves.map(({ name, clusters }) => `${name}: ${clusters.join()}`)).toEqual(waves);
    expect(agents.map(({ restarts }) => restarts)).toEqual([[`web@${B}`], [`web@${B}`], [`web@${B}`]]);
  });

  it('a source may ask that a person starts its rollouts', async () => {
    hubs.policies.set('default', { rollout: 'all', allowAnnotationOverride: true });
    const agent = await hub.join('c1');
    agent.asks = { rolloutOverride: 'manual' };
    await change('B', agent);
    const draft = await waitFor('the draft', async () => (await hub.rollouts())[0]);
    expect([draft.phase, agent.permits]).toEqual(['Draft', []]);
  });
});
