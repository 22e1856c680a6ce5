import { freePort } from '../processes/ports';
import { waitFor } from '../wait';
import { LocalRedis } from './local-redis';
import { command } from './raw-command';
import { localServer } from './start-redis';

const HOST = '127.0.0.1';
const HALVES = ['0 8191', '8192 16383'];

/** Two primaries with half of the slots each, and a replica of the one that holds a given hash tag. */
export interface RedisCluster {
  /** Serves the slot of the tag. */
  readonly owner: LocalRedis;
  /** Serves the other half. */
  readonly other: LocalRedis;
  /** The owner's replica. */
  readonly replica: LocalRedis;
  /** Makes the replica the primary, in good order; the owner becomes its replica. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisCluster(tag: string): Promise<RedisCluster> {
  const program = await localServer();
  const nodes: LocalRedis[] = [];
  for (let n = 0; n < 3; n += 1) {
    const cluster = [
      '--repl-diskless-sync-delay',
      '0',
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(await freePort()),
    ];
    nodes.push(await LocalRedis.start(program, program, [...cluster, '--cluster-node-timeout', '2000']));
  }
  const [first, second, replica] = nodes as [LocalRedis, LocalRedis, LocalRedis];
  await join(nodes);
  for (const [n, node] of [first, second].entries())
    await command(node.port, ['CLUSTER', 'ADDSLOTSRANGE', ...(HALVES[n] ?? '').split(' ')]);
  const slot = Number(await command(first.port, ['CLUSTER', 'KEYSLOT', tag]));
  const [owner, other] = slot < 8192 ? [first, second] : [second, first];
  await command(replica.port, ['CLUSTER', 'REPLICATE', await command(owner.port, ['CLUSTER', 'MYID'])]);
  await untilAll(nodes, 'the cluster to be whole', 'INFO', 'cluster_state:ok');
  await waitFor('the replica to be in step', async () =>
    (await command(replica.port, ['INFO', 'replication'])).includes('master_link_status:up'),
  );
  return {
    owner,
    other,
    replica,
    promote: async () => {
      await command(replica.port, ['CLUSTER', 'FAILOVER']);
      await waitFor('the replica to be the primary', async () =>
        (await command(replica.port, ['INFO', 'replication'])).includes('role:master'),
      );
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function join(nodes: readonly LocalRedis[]): Promise<void> {
  const [first, ...rest] = nodes as [LocalRedis, ...LocalRedis[]];
  for (const node of rest) {
    const bus = await busPort(node);
    await command(first.port, ['CLUSTER', 'MEET', HOST, String(node.port), bus]);
  }
  await untilAll(nodes, 'the nodes to know each other', 'INFO', `cluster_known_nodes:${nodes.length}`);
}

const busPort = async (node: LocalRedis): Promise<string> =>
  (await command(node.port, ['CONFIG', 'GET', 'cluster-port'])).split(' ')[1] ?? '';

const untilAll = async (nodes: readonly LocalRedis[], what: string, ask: string, answer: string): Promise<void> => {
  for (const { port } of nodes)
    await waitFor(what, async () => (await command(port, ['CLUSTER', ask])).includes(answer), { timeoutMs: 20_000 });
};
