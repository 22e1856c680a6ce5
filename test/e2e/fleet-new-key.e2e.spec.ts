import { SECRET } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { waitFor } from '@test/wait';

jest.setTimeout(90_000);

const [DEV, PROD] = ['dev-1', 'prod-1'] as const;
const KEY = { namespace: 'fleet-reloader', name: 'fleet-reloader-fingerprint' };

interface KnownSource {
  readonly cluster: string;
  readonly name: string;
  readonly revision: string;
}

/** The key that digests are made with is the cluster's own: who takes it away gets another one. */
describe('a fleet in which one cluster has a new fingerprint key', () => {
  let fleet: ProcessFleet;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { [DEV]: { env: 'dev' }, [PROD]: { env: 'prod' } },
      secret: { password: 'a' },
      rollout: 'all',
    });
  });
  afterAll(() => fleet?.stopAll());

  async function keyIds(): Promise<Record<string, string>> {
    const sources = await fleet.items<KnownSource>(`/sources?name=${SECRET.name}`);
    return Object.fromEntries(sources.map(({ cluster, revision }) => [cluster, revision.split(':')[0] ?? '']));
  }
  const restart = async (cluster: string): Promise<void> => {
    await fleet.kube(cluster).core.deleteNamespacedSecret(KEY);
    await fleet.restartAgent(cluster);
  };

  it('rollouts 44: shows the digests of either key, starts nothing, and carries the next change as ever', async () => {
    await fleet.putSecret({ password: 'b' });
    await fleet.untilRollouts(1, 'Succeeded');
    const before = await keyIds();
    await restart(DEV);
    const during = await waitFor('a digest of the new key', async () => {
      const now = await keyIds();
      return now[DEV] !== before[DEV] && now;
    });
    expect(during[PROD]).toBe(before[PROD]);

    const workloads = await fleet.items<{ state: string }>('/workloads');
    expect(workloads.map(({ state }) => state)).toEqual(['Current', 'Current']);
    await fleet.putSecret({ password: 'c' });
    await fleet.untilRollouts(2, 'Succeeded'); // had the key started one, there were three
    expect(await fleet.restarts()).toEqual([2, 2]);
  });
});
