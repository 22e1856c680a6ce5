import { connect, createServer, type Server, type Socket } from 'node:net';

/** A wire to a server on this machine that takes `delayMs` each way. Order and content stay. */
export class SlowProxy {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(toPort: number, delayMs: number): Promise<SlowProxy> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const proxy = new SlowProxy(server, address.port);
    server.on('connection', (near) =>
      proxy.join(near, connect({ port: toPort, host: '127.0.0.1', noDelay: true }), delayMs),
    );
    return proxy;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket, far: Socket, delayMs: number): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (data) => setTimeout(() => to.writable && to.write(data), delayMs));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  }
}
