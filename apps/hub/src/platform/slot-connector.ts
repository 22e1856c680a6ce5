import { connect as connectPlain, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import { type NodeAddress, nodesOf, primaryOfSlot } from './core/cluster-slots';

/** What opens a node of the cluster; `tls` present: over TLS. */
export type Credentials = Readonly<{ username?: string; password?: string; tls?: { ca?: string } }>;

const ASK_MS = 2000;
const LOOK_AGAIN_MS = 300;
const DISCONNECT_MS = 2000;

/**
 * Connects to the primary of a Redis Cluster that holds the keys under one hash tag. All keys of a hub lie in one slot,
 * so that one connection to one server is all it needs, and scripts, pipelines and blocking reads work as with a
 * single Redis. When the slot moves, the connection is made anew and ends up at the server that has it then.
 */
export function slotConnector(
  nodes: readonly NodeAddress[],
  tag: string,
  credentials: Credentials,
): NonNullable<RedisOptions['Connector']> {
  return class extends SlotConnector {
    constructor() {
      super(nodes, tag, credentials);
    }
  };
}

class SlotConnector extends AbstractConnector {
  private learned: readonly NodeAddress[] = [];

  constructor(
    private readonly configured: readonly NodeAddress[],
    private readonly tag: string,
    private readonly credentials: Credentials,
  ) {
    super(DISCONNECT_MS);
  }

  /** Looks for the primary until there is one: rejecting would end the client for good. */
  override async connect(emit: (type: string, error: Error) => void): Promise<Socket | TLSSocket> {
    this.connecting = true;
    for (;;) {
      const primary = await this.find();
      if (!this.connecting) throw new Error('Connection is closed.');
      if (primary) return this.dial(primary);
      emit('error', new Error('no node of the Redis Cluster names the primary of this hub’s slot'));
      await pause(LOOK_AGAIN_MS);
    }
  }

  private async find(): Promise<NodeAddress | undefined> {
    for (const node of [...this.configured, ...this.learned]) {
      if (!this.connecting) return undefined;
      const found = await this.ask(node).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** A server that is no cluster is given back itself: the store gate refuses it with the reason. */
  private async ask(node: NodeAddress): Promise<NodeAddress | undefined> {
    const redis = new Redis({ ...node, ...this.credentials, ...ASK_ONCE });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      const slot = Number(await redis.cluster('KEYSLOT', this.tag));
      const reply: unknown = await redis.cluster('SLOTS');
      this.learned = nodesOf(reply, node);
      return primaryOfSlot(reply, slot, node);
    } catch (error) {
      if (String(error).includes('cluster support disabled')) return node;
      throw error;
    } finally {
      redis.disconnect();
    }
  }

  private dial(primary: NodeAddress): Socket | TLSSocket {
    const { tls } = this.credentials;
    const stream = tls ? connectTls({ ...primary, ...tls }) : connectPlain(primary);
    stream.once('error', (error) => (this.firstError = error));
    this.stream = stream;
    return stream;
  }
}

const ASK_ONCE = {
  lazyConnect: true,
  connectTimeout: ASK_MS,
  commandTimeout: ASK_MS,
  maxRetriesPerRequest: 0,
  enableReadyCheck: false,
  retryStrategy: (): null => null,
  replyMapping: 'legacy',
} as const satisfies RedisOptions & { replyMapping: 'legacy' };
