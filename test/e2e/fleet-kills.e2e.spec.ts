import type { RolloutView } from '@app/contracts/api/rollout-view';
import { Redis } from 'ioredis';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import { POD_BEHAVIOUR } from '@test/pod-template';
import type { Hub } from '@test/processes/start-hub';
import { WEB } from '@test/fleet/fleet-options';
import { waitFor } from '@test/wait';
import { accounts, podsReadyAt, restartedTimes, targetOf } from './fleet-oracle';
import { FrameProxy } from './frame-proxy';

jest.setTimeout(60_000);

const [DEV, PROD] = ['dev-1', 'prod-1'] as const;
const SOAK_MS = 2_000;
/** BullMQ's own keys of the hub with the default prefix. */
const QUEUE_KEYS = '{fr}q:*';

type WavePhase = RolloutView['waves'][number]['phase'];

/** Pods take a second to be ready, so that a moment in the middle of a restart can be met. */
describe('a hub and a Redis that are killed', () => {
  let fleet: ProcessFleet;
  let wire: FrameProxy;
  let round = 0;

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { [DEV]: { env: 'dev' }, [PROD]: { env: 'prod' } },
      secret: { password: 'round-0' },
      rollout: `@env=dev, rest / ${SOAK_MS / 1000}s`,
      podAnnotations: { [POD_BEHAVIOUR.readyAfter]: '1s' },
      agent: async ({ name }, hub: Hub) => {
        if (name !== DEV) return {};
        wire = await FrameProxy.start(hub.url);
        return { hubUrl: wire.url };
      },
    });
  }, 90_000);
  afterAll(async () => {
    await fleet.stopAll();
    await wire.close();
  });
  /** An agent that lost its hub again and again takes its time to return; a new one does not. */
  beforeEach(async () => {
    round += 1;
    if (round > 1) await Promise.all(fleet.names.map((name) => fleet.restartAgent(name)));
  });

  const rotate = (): Promise<void> => fleet.putSecret({ password: `round-${round}` });
  const newest = async (): Promise<RolloutView | undefined> => {
    const all = (await fleet.rollouts()) ?? [];
    return all.length === round && all[0] ? fleet.rollout(all[0].id) : undefined;
  };
  const untilFirstWave = (...phases: WavePhase[]): Promise<RolloutView> =>
    waitFor(`the first wave to be ${phases.join(' or ')}`, async () => {
      const rollout = await newest();
      return rollout?.waves[0] && phases.includes(rollout.waves[0].phase) && rollout;
    });
  const untilPatched = (cluster: string): Promise<void> =>
    waitFor(
      `a restart in ${cluster}`,
      async () => (await fleet.kube(cluster).replicaSets(WEB)).length === round + 1,
    ).then(() => undefined);
  const pendingIn = async (cluster: string): Promise<number> =>
    (await fleet.call<{ pending: number }>('GET', `/clusters/${cluster}`)).pending;
  const probe = async (path: string): Promise<number> => (await fetch(`${fleet.hub.opsUrl}${path}`)).status;

  async function untilOver(): Promise<RolloutView> {
    const rollout = await fleet.untilRollouts(round, 'Succeeded');
    expect(await accounts(fleet)).toEqual(restartedTimes(fleet, round));
    const [first, second] = await Promise.all(fleet.names.map((name) => patchedAt(name)));
    const soaked = Date.parse(rollout.waves[0]?.finishedAt ?? '');
    expect(second).toBeGreaterThanOrEqual(Math.floor(soaked / 1000) * 1000); // a timestamp of the cluster has no fraction
    expect(soaked - (first ?? 0)).toBeGreaterThanOrEqual(SOAK_MS);
    expect(soaked - (await podsReadyAt(fleet, DEV))).toBeGreaterThanOrEqual(SOAK_MS);
    return rollout;
  }

  /** When the cluster made the newest ReplicaSet; epoch ms, in whole seconds. */
  async function patchedAt(cluster: string): Promise<number> {
    const sets = await fleet.kube(cluster).replicaSets(WEB);
    return sets.at(-1)?.metadata?.creationTimestamp?.getTime() ?? 0;
  }

  async function loseQueues(): Promise<number> {
    const client = new Redis(fleet.redis.url);
    const keys = await client.keys(QUEUE_KEYS);
    const lost = keys.length === 0 ? 0 : await client.del(keys);
    await client.quit();
    return lost;
  }

  it('rollouts 58: all queues lost in the middle of a restart and of a soak, it completes by itself', async () => {
    await rotate();
    await untilPatched(DEV);
    expect(await loseQueues()).toBeGreaterThan(0);
    await untilFirstWave('Soaking');
    await loseQueues(); // those that came up again since
    await untilOver();
  });

  it('rollouts 56: a permit that was stored and not sent is sent once after the hub was killed', async () => {
    wire.keepBack(({ type }) => type === 'permit');
    const before = wire.frames.length;
    const permits = (): string[] =>
      wire.frames
        .slice(before)
        .filter(({ type }) => type === 'permit')
        .map(({ text }) => text);
    await rotate();
    await waitFor('the permit', () => permits().length > 0);
    expect(targetOf((await newest())!, DEV).phase).toBe('Dispatched');
    await fleet.hub.program.kill();
    wire.keepBack(() => false);
    await fleet.restartHub();
    await untilOver();
    const ids = permits().map(
      (text) => (JSON.parse(text) as { body: { restarts: { permit: string }[] } }).body.restarts[0]?.permit,
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('rollouts 57: killed in the middle of a restart, the hub hears afterwards how it ended', async () => {
    await rotate();
    await untilPatched(DEV);
    await fleet.hub.program.kill();
    await fleet.kube(DEV).untilRolledOut('Deployment', WEB);
    await fleet.restartHub();
    await untilOver();
  });

  it('rollouts 57: killed in the middle of a soak, the hub neither shortens nor restarts it', async () => {
    await rotate();
    const { waves } = await untilFirstWave('Soaking');
    await fleet.hub.program.kill();
    await fleet.restartHub();
    const rollout = await untilOver();
    expect(rollout.waves[0]?.soakUntil).toBe(waves[0]?.soakUntil);
  });

  it('rollouts 59: while Redis is away nothing starts and the probes say so; then it goes on', async () => {
    await rotate();
    const { waves } = await untilFirstWave('Soaking');
    await fleet.killRedis();
    await waitFor('the hub to be unready', async () => (await probe('/readyz')) === 503);
    const soaked = Date.parse(waves[0]?.soakUntil ?? '');
    await waitFor('the soak to be over by the clock', async () => {
      expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 503]);
      expect(await fleet.restarts()).toEqual([round, round - 1]);
      return Date.now() > soaked + 1_000;
    });
    await fleet.restartRedis();
    await waitFor('the hub to be ready', async () => (await probe('/readyz')) === 200);
    await untilOver();
  });

  it('finds what changed while the hub was down, in the order of the waves though the first one’s agent is back last', async () => {
    await Promise.all([fleet.hub.program.kill(), fleet.agent(DEV).program.kill()]);
    await rotate();
    await Promise.all([fleet.restartHub(), fleet.restartAgent(PROD)]);
    await waitFor('the change in prod to be known', async () => (await pendingIn(PROD)) === 1);
    await waitFor('the hub to wait for dev', () => fleet.hub.program.logs().includes('a change waits to be planned'));
    await fleet.restartAgent(DEV);
    await untilOver();
  });

  it('finds what changed while hub, agents and Redis were down', async () => {
    await Promise.all([fleet.hub.program.kill(), ...fleet.names.map((name) => fleet.agent(name).program.kill())]);
    await fleet.killRedis();
    await rotate();
    await fleet.restartRedis();
    await Promise.all([fleet.restartHub(), ...fleet.names.map((name) => fleet.restartAgent(name))]);
    await untilOver();
  });
});
