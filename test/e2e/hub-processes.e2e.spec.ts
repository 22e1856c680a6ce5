import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { everythingIn } from '@test/redis/everything-in';
import { tellingForms } from '@test/secret-forms';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

const canary = (round: number): string => `canary-${round}-5f1b0c`;

/** Hub and agents as processes, simulated clusters, and a Redis that may be killed. */
describe('a rollout whose processes are killed', () => {
  let fleet: ProcessFleet;
  let round = 0;

  beforeAll(async () => {
    fleet = await startSimulatedFleet({
      clusters: { 'dev-1': { env: 'dev' }, 'staging-1': { env: 'staging' }, 'prod-1': { env: 'prod' } },
      secret: { password: canary(0) },
      rollout: '@env=dev, @env=staging, rest / 2s',
    });
  }, 90_000);
  afterAll(() => fleet?.stopAll());

  const probe = async (path: string): Promise<number> => (await fetch(`${fleet.hub.opsUrl}${path}`)).status;

  const rotate = async (): Promise<void> => {
    round += 1;
    await fleet.putSecret({ password: canary(round) });
  };
  const untilFirstWave = (): Promise<void> => fleet.untilRestarts([round, 0, 0]);
  const succeededOnce = async (): Promise<void> => {
    await fleet.untilRollouts(round, 'Succeeded');
    expect(await fleet.restarts()).toEqual([round, round, round]);
  };

  it('goes through the waves in order, once', async () => {
    expect(await fleet.restarts()).toEqual([0, 0, 0]);
    await rotate();
    await succeededOnce();
  });

  it('survives a SIGKILL of the hub in the middle', async () => {
    await rotate();
    await untilFirstWave();
    await fleet.hub.program.kill();
    await fleet.restartHub();
    await succeededOnce();
  });

  it('survives a SIGKILL of Redis in the middle', async () => {
    await rotate();
    await untilFirstWave();
    await fleet.killRedis();
    await waitFor('the hub to say so', async () => (await probe('/readyz')) === 503, { intervalMs: 100 });
    expect(await probe('/livez')).toBe(200);
    await fleet.restartRedis();
    await succeededOnce();
  });

  it('finds what changed while the hub was down', async () => {
    await fleet.hub.program.kill();
    await rotate();
    await fleet.restartHub();
    // Whoever reports after the quiet period is in a rollout of its own, so there may be more of them than one.
    await fleet.untilRestarts([round, round, round]);
    await fleet.untilAllRollouts('Succeeded');
    expect(await fleet.restarts()).toEqual([round, round, round]);
  });

  it('rollouts 85: left no value, and no digest that anybody could make, outside of the clusters', async () => {
    const agents = fleet.names.map((name) => fleet.agent(name));
    const seen = [
      await everythingIn(fleet.redis),
      ...[fleet.hub, ...agents].map(({ program }) => program.logs()),
      ...(await Promise.all([fleet.hub, ...agents].map(({ opsUrl }) => textOf(`${opsUrl}/metrics`)))),
      ...(await Promise.all(
        ['/sources', '/workloads', '/rollouts', '/audit', '/events'].map((path) =>
          fleet.call('GET', path).then(JSON.stringify),
        ),
      )),
    ].join('\n');
    expect(seen).toContain('Secret/shop/db'); // it does look where things are
    const found = Array.from({ length: round + 1 }, (_, n) =>
      tellingForms(canary(n)).filter((form) => seen.includes(form)),
    );
    expect(found.flat()).toEqual([]);
  });
});

const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
