import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between one agent and all hub replicas: each connection goes to the next of them, and all can be cut. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private isCut = false;
  private next = 0;
  private readonly server = createServer((near) => this.join(near));

  private constructor(private readonly ports: readonly number[]) {}

  static async start(ports: readonly number[]): Promise<Wire> {
    const wire = new Wire(ports);
    await new Promise<void>((resolve) => wire.server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends what is open, and lets nothing through until `mend`. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private join(near: Socket): void {
    if (this.isCut) {
      near.destroy();
      return;
    }
    this.next += 1;
    const far = connect(this.ports[this.next % this.ports.length] ?? 0, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  }
}
