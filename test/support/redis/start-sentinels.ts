import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManagedProcess } from '../processes/managed-process';
import { freePort } from '../processes/ports';
import { waitFor } from '../wait';
import { LocalRedis } from './local-redis';
import { waitUntilItServes } from './ping';
import { command } from './raw-command';
import { localServer } from './start-redis';

const HOST = '127.0.0.1';

/** A primary with one replica, and a sentinel that makes the replica the primary when that is gone for half a second. */
export interface WatchedRedis {
  /** `host:port` of the sentinel. */
  readonly sentinel: string;
  /** Under which the sentinel knows the primary. */
  readonly name: string;
  readonly password: string;
  readonly primary: LocalRedis;
  readonly replica: LocalRedis;
  stop(): Promise<void>;
}

/** The sentinel needs no password; Redis does. */
export async function startSentinels(): Promise<WatchedRedis> {
  const program = await localServer();
  const password = 'sentinel-watched';
  const secret = ['--requirepass', password, '--masterauth', password, '--repl-diskless-sync-delay', '0'];
  const primary = await LocalRedis.start(program, program, secret);
  const replica = await LocalRedis.start(program, program, [...secret, '--replicaof', HOST, String(primary.port)]);
  await waitFor('the replica to be in step', async () =>
    (await command(replica.port, ['INFO', 'replication'], password)).includes('master_link_status:up'),
  );
  const sentinel = await startSentinel(program, primary.port, password);
  const stop = async (): Promise<void> => {
    await sentinel.stop();
    await Promise.all([primary.stop(), replica.stop()]);
  };
  const started = { sentinel: `${HOST}:${sentinel.port}`, name: 'main', password, primary, replica, stop };
  await waitFor('the sentinel to know the replica', async () =>
    (await command(sentinel.port, ['SENTINEL', 'REPLICAS', 'main'])).includes(`${replica.port}`),
  );
  return started;
}

async function startSentinel(program: string, primary: number, password: string) {
  const dir = await mkdtemp(join(tmpdir(), 'fleet-reloader-sentinel-'));
  const port = await freePort();
  const file = join(dir, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    `bind ${HOST}`,
    `dir ${dir}`,
    `sentinel monitor main ${HOST} ${primary} 1`,
    `sentinel auth-pass main ${password}`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 5000',
  ];
  await writeFile(file, `${settings.join('\n')}\n`);
  const server = ManagedProcess.start({ name: 'sentinel', command: program, args: [file, '--sentinel'] });
  await waitUntilItServes(port, HOST, () => {
    if (!server.running) throw new Error(`the sentinel ended at its start: ${server.tail()}`);
    return true;
  });
  const stop = async (): Promise<void> => {
    await server.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  };
  return { port, stop };
}
