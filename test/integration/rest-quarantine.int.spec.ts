import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ExplainView, SourceView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import type { FlowAgent } from './flow-agent';
import { Fleet } from './flow-hub';
import { ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);

const spec = {
  ...{ rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: '0s' }, supersede: { maxChain: 1 } },
  flap: { distinctRevisions: 1000, within: '1m', stableFor: '5m' },
};
const POLICY = {
  ...{ apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'default' } },
  spec,
};

describe('a source that is left alone because it changes too often', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });

  beforeAll(async () => {
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
    expect((await ask(hub, 'PUT /policies/default', { body: POLICY })).status).toBe(200);
  }, 60_000);

  const open = async (): Promise<RolloutView | undefined> => (await hub.rollouts('?limit=1'))[0];

  const quarantinedUntil = async (): Promise<string | null> => {
    const { items } = (await ask(hub, 'GET /sources')).body as { items: SourceView[] };
    return items[0]?.quarantinedUntil ?? null;
  };
  async function change(letter: string, ...agents: readonly FlowAgent[]): Promise<void> {
    for (const agent of agents) {
      agent.rotate(letter);
      await agent.report();
    }
  }

  it('is what the rollout under way waits for, and what `why` answers with', async () => {
    dev.behaviour = { silent: true };
    for (const letter of 'BC') {
      const before = (await open())?.id;
      await change(letter, dev, prod);
      await waitFor('its rollout', async () => {
        const now = await open();
        return now?.id !== before && now?.counts.targets === 2 && dev.permits.at(-1)?.rollout === now.id;
      });
    }
    const carrying = (await open())?.id;
    await change('D', prod);
    await waitFor('the quarantine', async () => (await quarantinedUntil()) !== null);
    await dev.obey(dev.permits.at(-1)!);
    const waits = await waitFor('the reason', async () => {
      const view = await open();
      return view?.waitingFor.some(({ reason }) => reason === 'Quarantined') ? view : undefined;
    });
    expect(waits.id).toBe(carrying);
    expect(Date.parse(waits.waitingFor[0]?.until ?? '')).toBeGreaterThan(Date.now() + 60_000);

    const asked = 'cluster=prod-1&namespace=shop&kind=Deployment&name=web';
    const { checks } = (await ask(hub, `GET /explain?${asked}`)).body as ExplainView;
    expect(checks).toContainEqual({
      ...{ check: 'SourceCalm', ok: false },
      detail: expect.stringContaining('changes too often'),
    });
  });
});
