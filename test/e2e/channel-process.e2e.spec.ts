import { startAgent, type Agent } from '@test/processes/start-agent';
import { startHub, type Hub } from '@test/processes/start-hub';
import type { RedisServer } from '@test/redis/redis-server';
import { startRedis } from '@test/redis/start-redis';
import { type Simulator, startSimulator } from '@test/simulator/simulator';
import { waitFor } from '@test/wait';

jest.setTimeout(120_000);

const PUBLIC_PART = 'fre_abcdefghijkl_';
const PUBLIC_FORM = /^fre_[a-z2-7]{12}_/;

type ClusterAnswer = Readonly<{ state: string; reason: string; agentVersion: string }>;

/** The built processes: an agent that finds its hub, and finds it again. */
describe('hub and agent as processes', () => {
  let redis: RedisServer;
  let simulator: Simulator;
  let hub: Hub;
  let agent: Agent;
  let enrolmentToken: string;

  const call = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${hub.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${hub.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const cluster = async (): Promise<ClusterAnswer> =>
    (await (await call('GET', 'clusters/sim-1')).json()) as ClusterAnswer;
  const sessions = (): number => agent.program.logLines().filter(({ msg }) => msg === 'connected to the hub').length;
  const nextSession = async (after: number): Promise<void> => {
    const describe = (): string => agent.program.logs().slice(-2_000);
    // After a few tries that came before the hub was back, the next may be half a minute away.
    await waitFor('a new session', () => sessions() > after, { describe, timeoutMs: 75_000 });
    await waitFor('Online', async () => (await cluster()).state === 'Online');
  };

  beforeAll(async () => {
    redis = await startRedis({ own: true });
    simulator = await startSimulator();
    const { kubeconfigPath } = await simulator.addCluster('sim-1');
    hub = await startHub({ redisUrl: redis.url, prefix: `${redis.prefix}-process` });
    const answer = await call('POST', 'enrolment-tokens', { cluster: 'sim-1', labels: { env: 'dev' } });
    enrolmentToken = ((await answer.json()) as { token: string }).token;
    agent = await startAgent({ kubeconfigPath, hubUrl: hub.url, clusterName: 'sim-1', enrolmentToken });
  });
  afterAll(async () => {
    await agent.program.stop();
    await hub.program.stop();
    await simulator.stop();
    await redis.stop();
  });

  it('enrols and is shown Online', async () => {
    await nextSession(0);
    expect(await cluster()).toMatchObject({ state: 'Online', labels: { env: 'dev' } });
  });

  it('comes back to a hub that was ended in good order, within its own time', async () => {
    const before = sessions();
    const exit = await hub.program.kill('SIGTERM');
    expect(exit).toMatchObject({ code: 0 });
    hub.program.start();
    await hub.program.ready();
    await nextSession(before);
  });

  it('comes back to a hub that was killed', async () => {
    const before = sessions();
    await hub.program.kill('SIGKILL');
    hub.program.start();
    await hub.program.ready();
    await nextSession(before);
  });

  it('comes back after Redis was killed, without anyone’s help', async () => {
    await redis.kill();
    await waitFor('the hub to notice', async () => (await call('GET', 'clusters/sim-1')).status === 503);
    await redis.restart();
    await waitFor(
      'Online',
      async () => (await call('GET', 'clusters/sim-1')).status === 200 && (await cluster()).state === 'Online',
    );
  });

  it('keeps its identity over its own death, and spends no token for it', async () => {
    const before = sessions();
    await agent.program.kill('SIGKILL');
    agent.program.start();
    await nextSession(before);
    expect(agent.program.logLines().filter(({ msg }) => msg === 'enrolled')).toHaveLength(1);
  });

  it('is out within seconds of a revocation, says so once, and stays out', async () => {
    expect((await call('POST', 'clusters/sim-1:revoke', { reason: 'spec' })).status).toBeLessThan(300);
    const revoked = await waitFor('the refusal', () => agent.program.logs().includes('ClusterRevoked'), {
      timeoutMs: 10_000,
    });
    expect(revoked).toBe(true);
    expect(await cluster()).toMatchObject({ state: 'Revoked' });
  });

  it('writes no credential to any log', () => {
    const logs = agent.program.logs() + hub.program.logs();
    expect(logs).not.toContain(enrolmentToken.slice(PUBLIC_PART.length));
    expect(enrolmentToken).toMatch(PUBLIC_FORM);
    expect(logs).not.toMatch(/eyJ[\w-]+\.[\w-]+\.|PRIVATE KEY/);
  });
});
