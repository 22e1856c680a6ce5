import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ProcessFleet } from '@test/fleet/process-fleet';
import { startSimulatedFleet } from '@test/fleet/simulated-fleet';
import { freePorts } from '@test/processes/ports';
import { Program } from '@test/processes/program';
import { LocalRedis } from '@test/redis/local-redis';
import { type RedisCluster, startRedisCluster } from '@test/redis/start-redis-cluster';
import { localServer } from '@test/redis/start-redis';
import { startSentinels, type WatchedRedis } from '@test/redis/start-sentinels';
import { selfSigned } from '@test/self-signed';
import { waitFor } from '@test/wait';

jest.setTimeout(90_000);

/** Each form in which the hub can be told where its Redis is, on real servers, with what these forms are for. */
describe('a hub whose Redis is', () => {
  const clusters = { 'dev-1': { env: 'dev' } };
  const fleetOn = (hubEnv: Record<string, string>): Promise<ProcessFleet> =>
    startSimulatedFleet({
      clusters,
      secret: { password: 'first' },
      rollout: 'all',
      hubEnv: { REDIS_URL: '', ...hubEnv },
    });
  const programs: Program[] = [];
  const start = async (env: Record<string, string>): Promise<Program> => {
    const [port, opsPort] = await freePorts(2);
    const hub = new Program('hub', { HUB_PORT: String(port), HUB_OPS_PORT: String(opsPort), ...env });
    programs.push(hub);
    hub.start();
    return hub;
  };
  afterAll(() => Promise.all(programs.map((program) => program.stop())));

  describe('watched by sentinels', () => {
    let redis: WatchedRedis;
    let fleet: ProcessFleet | undefined;
    afterAll(async () => {
      await fleet?.stopAll();
      await redis?.stop();
    });

    it('goes on with the new primary, and carries out what comes after the fail-over', async () => {
      redis = await startSentinels();
      fleet = await fleetOn({
        REDIS_SENTINELS: redis.sentinel,
        REDIS_SENTINEL_NAME: redis.name,
        REDIS_PASSWORD: redis.password,
      });
      await fleet.putSecret({ password: 'second' });
      await fleet.untilRestarts([1]);
      await redis.primary.kill();
      await fleet.putSecret({ password: 'third' });
      await fleet.untilRestarts([2]);
      expect(await fleet.restarts()).toEqual([2]);
    });
  });

  describe('a cluster', () => {
    let redis: RedisCluster;
    let fleet: ProcessFleet | undefined;
    beforeAll(async () => {
      redis = await startRedisCluster('{fr}');
    }, 60_000);
    afterAll(async () => {
      await fleet?.stopAll();
      await redis?.stop();
    });

    it('finds the server of its slot through any node, and follows the slot when it moves', async () => {
      fleet = await fleetOn({ REDIS_CLUSTER_NODES: `127.0.0.1:1,127.0.0.1:${redis.other.port}` });
      await fleet.putSecret({ password: 'second' });
      await fleet.untilRestarts([1]);
      await redis.promote();
      await fleet.putSecret({ password: 'third' });
      await fleet.untilRestarts([2]);
      expect(await fleet.restarts()).toEqual([2]);
    });

    it('is refused under REDIS_URL, with the variable to use', async () => {
      const hub = await start({ REDIS_URL: redis.other.url });
      expect((await hub.ended()).code).toBe(78);
      expect(hub.logs()).toContain('REDIS_CLUSTER_NODES');
      expect(hub.logs()).not.toContain('does not answer'); // as it would after some tries
    });
  });

  describe('one server', () => {
    const directory = mkdtempSync(join(tmpdir(), 'redis-forms-'));
    const { cert, key } = selfSigned();
    const file = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    let redis: LocalRedis;
    let terminator: Server;
    let address: string;
    beforeAll(async () => {
      const program = await localServer();
      redis = await LocalRedis.start(program, program, ['--requirepass', 'swordfish']);
      terminator = createServer({ cert, key }, (socket) => {
        const plain = connect(redis.port, '127.0.0.1');
        for (const side of [socket, plain]) side.on('error', () => undefined);
        socket.pipe(plain).pipe(socket);
      }).listen(0, '127.0.0.1');
      terminator.on('tlsClientError', () => undefined);
      await once(terminator, 'listening');
      address = `rediss://127.0.0.1:${(terminator.address() as AddressInfo).port}`;
    });
    afterAll(async () => {
      terminator?.close();
      await redis?.stop();
      rmSync(directory, { recursive: true });
    });

    it('is refused under REDIS_CLUSTER_NODES, with the variables to use', async () => {
      const password = { REDIS_PASSWORD_FILE: file('password', 'swordfish\n') };
      const hub = await start({ REDIS_CLUSTER_NODES: `127.0.0.1:${redis.port}`, ...password });
      expect((await hub.ended()).code).toBe(78);
      expect(hub.logs()).toContain('REDIS_URL or REDIS_SENTINELS');
    });

    it('behind TLS is used with its authority and a password from a file', async () => {
      const env = { REDIS_TLS_CA_FILE: file('ca.pem', cert), REDIS_PASSWORD_FILE: file('password', 'swordfish\n') };
      const hub = await start({ REDIS_URL: address, ...env });
      await hub.ready();
      expect(hub.logs()).not.toContain('swordfish');
    });

    it('behind TLS of an unknown authority is never used, and the log says why', async () => {
      const env = { REDIS_TLS_CA_FILE: file('other.pem', selfSigned().cert), REDIS_PASSWORD: 'swordfish' };
      const hub = await start({ REDIS_URL: address, ...env });
      await waitFor('the reason', () => /Redis does not answer.*certificate/.test(hub.logs()));
      expect(hub.logLines().some(({ msg }) => msg === 'ready')).toBe(false);
    });
  });
});
