import { waitFor } from '@test/wait';
import { FlapStore } from '../../apps/hub/src/change/restraint/flap.store';
import { change, rev, SOURCE_KEY } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

const LETTERS = 'BCDEFGHIJKLM';

/** Sources that change again before anything has come of the change before. */
describe('a source that changes again and again', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;

  beforeEach(async () => {
    hub = await hubs.start();
  });

  const events = async (type: string): Promise<readonly string[]> => {
    const entries = await hub.redis.xrange(hub.keys.events(), '-', '+');
    const told = entries.map(([, fields]) => Object.fromEntries(pairsOf(fields)));
    return told.filter((event) => event.type === type).map(({ message = '' }) => message);
  };
  const quarantined = async (): Promise<number> =>
    (await hub.module.get(FlapStore, { strict: false }).lasting(Date.now())).get(SOURCE_KEY) ?? 0;

  it.each(['0s', '100ms'])(
    'rollouts 40: is left alone from the fifth change on, told once, and carried once when it is quiet (%s)',
    async (quietPeriod) => {
      const flap = { distinctRevisions: 5, within: '1m', stableFor: '600ms' };
      hubs.policies.set('default', { rollout: 'all', coalesce: { quietPeriod }, flap });
      const agent = await hub.join('c1');
      agent.behaviour = { silent: true };
      for (const letter of LETTERS) await change(letter, agent);
      await waitFor('the quarantine', async () => (await quarantined()) > Date.now());
      expect(await events('source.Quarantined')).toEqual([
        expect.stringMatching(/5 revisions within 60 s in cluster c1/),
      ]);
      agent.behaviour = {};
      await hub.inPhase('Succeeded');
      expect(agent.restarts).toEqual([`web@${rev('M')}`]);
      // Where nothing is gathered rollouts start up to the quarantine, at most one for each change.
      expect((await hub.rollouts()).length).toBeLessThanOrEqual(quietPeriod === '0s' ? 5 : 1);
    },
  );

  it('rollouts 41: is carried on where the policy only wants to be told, which is done once', async () => {
    const flap = { distinctRevisions: 2, within: '1m', action: 'alert' };
    hubs.policies.set('default', { rollout: 'all', flap });
    const agent = await hub.join('c1');
    for (const letter of 'BCDE') {
      await change(letter, agent);
      await waitFor('its restart', () => agent.restarts.at(-1) === `web@${rev(letter)}`);
    }
    expect(await events('source.Flapping')).toHaveLength(1);
    expect(await quarantined()).toBe(0);
  });

  it('is not one whose content differs from cluster to cluster, nor one that is told of again', async () => {
    hubs.policies.set('default', { rollout: 'all', flap: { distinctRevisions: 2, within: '1m' } });
    const agents = [await hub.join('c1'), await hub.join('c2'), await hub.join('c3')];
    agents.forEach((agent, n) => agent.rotate(LETTERS[n] ?? ''));
    for (const agent of agents) await agent.report();
    for (const agent of agents) await agent.report();
    await waitFor('all restarts', () => agents.every(({ restarts }) => restarts.length === 1));
    expect([await quarantined(), await events('source.Quarantined')]).toEqual([0, []]);
  });

  it('supersedes at most so many rollouts in a row, and is left alone then', async () => {
    hubs.policies.set('default', {
      rollout: 'all',
      supersede: { maxChain: 2 },
      flap: { distinctRevisions: 1000, within: '1m', stableFor: '500ms' },
    });
    const agent = await hub.join('c1');
    agent.behaviour = { silent: true };
    for (const letter of 'BCD') {
      await change(letter, agent);
      await waitFor('its rollout', async () => (await hub.rollouts())[0]?.targets.get('c1')?.expected === rev(letter));
    }
    await change('E', agent);
    await waitFor('the quarantine', async () => (await quarantined()) > 0);
    expect((await hub.rollouts()).length).toBe(3);
    expect(await events('source.Quarantined')).toEqual([
      expect.stringMatching(/2 rollouts of Secret\/shop\/db in a row/),
    ]);
    const last = await waitFor('the one when it is quiet', async () => {
      const [newest, ...others] = await hub.rollouts();
      return others.length === 3 ? newest : undefined;
    });
    expect(last.chain).toBeUndefined();
  });

  it.each(['queue', 'reject'] as const)('with supersede: %s never replaces the rollout under way', async (policy) => {
    hubs.policies.set('default', { rollout: 'all', supersede: { policy } });
    const agent = await hub.join('c1');
    agent.behaviour = { silent: true };
    await change('B', agent);
    await waitFor('the permit', () => agent.permits.length > 0);
    await change('C', agent);
    const told = `change.${policy === 'queue' ? 'Queued' : 'Rejected'}`;
    await waitFor('the news', async () => (await events(told)).length > 0);
    await change('D', agent);
    expect((await hub.rollouts()).map(({ phase }) => phase)).toEqual(['Running']);
    agent.behaviour = {};
    await agent.obey(agent.permits[0]!);
    await waitFor('the end of the first', async () => (await hub.rollouts()).at(-1)?.finishedAt !== null);
    if (policy === 'queue') {
      await waitFor('the successor', () => agent.restarts.at(-1) === `web@${rev('D')}`);
      expect((await hub.rollouts()).length).toBe(2);
    } else {
      await agent.report();
      expect([(await hub.rollouts()).length, agent.restarts]).toEqual([1, []]);
    }
  });
});

const pairsOf = (flat: readonly string[]): (readonly [string, string])[] =>
  flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1] ?? ''] as const] : []));
