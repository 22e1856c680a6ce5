import type { ExplainView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { Fleet } from './flow-hub';
import { ask, joinCluster, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);

describe('a hub whose store was lost', () => {
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet }, { own: true });

  beforeAll(async () => {
    await joinCluster(hub, fleet, 'c1', 'dev');
    await joinCluster(hub, fleet, 'c2', 'prod');
  }, 60_000);

  const ops = async (path: string): Promise<string> => (await fetch(`${hub.opsUrl}${path}`)).text();
  const readiness = (what: RegExp): Promise<true> =>
    waitFor(`readiness to tell ${what.source}`, async () => what.test(await ops('/readyz?verbose')) || undefined);

  it('tells probes, metrics and whoever asks why that it waits for the clusters, until they have spoken', async () => {
    await readiness(/\[\+\]recovery ok/);
    const identities = (await ask(hub, 'GET /identities')).body;
    await hub.app.get(StateRedis).flushall();
    await readiness(
      /\[~\]recovery degraded: the store was lost and nothing starts: no cluster .*"reloadctl apply -f" .* from 20\d\d-/,
    );
    expect((await ask(hub, 'PUT /identities', { body: identities })).status).toBe(200);
    await readiness(/nothing starts: 2 of 2 clusters have not said .* remove or revoke .*\nreadyz check passed/);
    expect(await ops('/metrics')).toMatch(/^fleet_reloader_hub_recovering 1$/m);
    const recovery = async (token?: string): Promise<unknown> =>
      (await ask(hub, 'GET /recovery', token === undefined ? {} : { token })).body;
    expect(await recovery()).toEqual({ recovering: true, missing: 2, clusters: ['c1', 'c2'] });
    const dev = await tokenFor(hub, 'viewer', 'env=dev');
    expect(await recovery(dev)).toEqual({ recovering: true, missing: 2, clusters: ['c1'] });
    const asked = 'cluster=c1&namespace=shop&kind=Deployment&name=web';

    await joinCluster(hub, fleet, 'c1', 'dev');
    fleet.agents.get('c1')?.rotate('B');
    await fleet.agents.get('c1')?.report();
    await readiness(/1 of 2 clusters have not said/);
    const { checks } = (await ask(hub, `GET /explain?${asked}`)).body as ExplainView;
    expect(checks.find(({ check }) => check === 'HubKnows')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^Recovering: /),
    });

    await joinCluster(hub, fleet, 'c2', 'prod');
    await readiness(/\[\+\]recovery ok/);
    expect(await ops('/metrics')).toMatch(/^fleet_reloader_hub_recovering 0$/m);
    expect(await recovery()).toEqual({ recovering: false, missing: 0, clusters: [] });
  });
});
