import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { Cluster } from '@test/control-plane/cluster';
import type { AgentSettings } from '@test/fleet/fleet-options';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startRealFleet } from '@test/fleet/real-fleet';
import type { Hub } from '@test/processes/start-hub';
import { waitFor } from '@test/wait';
import { FaultyProxy } from './faulty-proxy';
import { accounts, podsReadyAt, restartedTimes, targetOf } from './fleet-oracle';
import { FrameProxy } from './frame-proxy';

jest.setTimeout(60_000);

const DEV = 'dev-1';
const isRestart = (url: string, verb: string): boolean => verb === 'PATCH' && url.includes('/deployments/web');

/** The agent of dev sees its API server and its hub through proxies, which fix the moment of its death. */
describe('an agent that is killed', () => {
  let fleet: ProcessFleet;
  let api: FaultyProxy;
  let wire: FrameProxy;
  let round = 0;

  beforeAll(async () => {
    fleet = await startRealFleet({
      clusters: { [DEV]: { env: 'dev' }, 'prod-1': { env: 'prod' } },
      secret: { password: 'round-0' },
      rollout: '@env=dev, rest / 0s',
      agent: settingsOf,
    });
  }, 90_000);
  afterAll(async () => {
    await fleet.stopAll();
    await Promise.all([api.close(), wire.close()]);
  });
  beforeEach(() => {
    round += 1;
    wire.frames.length = 0;
    api.requests.length = 0;
    api.swallowed.length = 0;
  });

  async function settingsOf(cluster: Cluster, hub: Hub): Promise<AgentSettings> {
    if (cluster.name !== DEV) return {};
    api = await FaultyProxy.start(cluster.url);
    wire = await FrameProxy.start(hub.url);
    const kubeconfigPath = await api.kubeconfigFor(cluster);
    return { kubeconfigPath, hubUrl: wire.url };
  }

  const rotate = (): Promise<void> => fleet.putSecret({ password: `round-${round}` });
  const sent = (type: string): string[] => wire.frames.filter((frame) => frame.type === type).map(({ text }) => text);
  const outcomes = (): string[] =>
    sent('result').map((text) => (JSON.parse(text) as { body: { outcome: string } }).body.outcome);
  const running = (): Promise<RolloutView> =>
    waitFor('the rollout', async () => {
      const [newest] = (await fleet.rollouts()) ?? [];
      return newest?.phase === 'Running' && fleet.rollout(newest.id);
    });
  const untilLost = (): Promise<unknown> =>
    waitFor('the target to be Unknown', async () => targetOf(await running(), DEV).phase === 'Unknown');

  async function killed(): Promise<void> {
    await fleet.agent(DEV).program.kill();
    await untilLost();
    expect(await fleet.restarts()).toEqual([expect.any(Number), round - 1]); // prod waits for it
    api.decide(() => 'pass');
    wire.keepBack(() => false);
    await fleet.restartAgent(DEV);
  }

  async function untilOver(): Promise<void> {
    const rollout = await fleet.untilRollouts(round, 'Succeeded');
    expect(rollout.waves.map(({ targets }) => targets.map(({ cluster }) => cluster))).toEqual([[DEV], ['prod-1']]);
    expect(await accounts(fleet)).toEqual(restartedTimes(fleet, round));
    for (const cluster of fleet.names) {
      const [restart] = targetOf(rollout, cluster).restarts;
      expect(Date.parse(restart?.finishedAt ?? '')).toBeGreaterThanOrEqual(await podsReadyAt(fleet, cluster));
    }
  }

  it('protocol 3, rollouts 15: after the permit and before the PATCH, it restarts once, and nothing counts before', async () => {
    api.decide((url, verb) => (isRestart(url, verb) ? 'stall' : 'pass'));
    await rotate();
    await waitFor('the PATCH to be tried', () =>
      api.requests.some((line) => line.startsWith('PATCH') && line.includes('/deployments/web')),
    );
    await waitFor('the permit to be acknowledged', async () => targetOf(await running(), DEV).phase === 'Acked');
    expect(targetOf(await running(), DEV).restarts.map(({ phase }) => phase)).toEqual(['Pending']); // healthy on the old
    await killed();
    await untilOver();
    expect(outcomes()).toEqual(['APPLIED']);
  });

  it('protocol 4, rollouts 47: between the PATCH and its answer, the restart counts and is not made again', async () => {
    api.decide((url, verb) => (isRestart(url, verb) ? 'swallow' : 'pass'));
    await rotate();
    await waitFor('the PATCH to be carried out', () => api.swallowed.length === 1);
    await killed();
    await untilOver();
    expect(outcomes()).toEqual(['ALREADY_APPLIED']);
  });

  it('protocol 5: after the restart and before its result is heard of, the result is derived again', async () => {
    wire.keepBack(({ type }) => type === 'result');
    await rotate();
    await waitFor('the result', () => sent('result').length === 1);
    await killed();
    await untilOver();
    expect(outcomes()).toEqual(['APPLIED', 'ALREADY_APPLIED']);
  });

  it('finds what changed while it was down, and no later wave goes on without it', async () => {
    await fleet.agent(DEV).program.kill();
    await rotate();
    await waitFor('the hub to wait for it', () => fleet.hub.program.logs().includes('a change waits to be planned'));
    expect(await fleet.restarts()).toEqual([round - 1, round - 1]);
    await fleet.restartAgent(DEV);
    await untilOver();
  });
});
