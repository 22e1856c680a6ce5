import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/** A frame that an agent sent (`up`) or its hub (`down`). */
export type Frame = Readonly<{ direction: 'up' | 'down'; type: string; text: string }>;

/** Stands between agents and their hub, reads along, and can keep frames back as a cut wire would. */
export class FrameProxy {
  /** Every frame that came, those that were kept back too. */
  readonly frames: Frame[] = [];
  private isKept: (frame: Frame) => boolean = () => false;
  private readonly sockets = new Set<WebSocket>();
  private readonly upgrades = new WebSocketServer({ noServer: true });
  private readonly server = createServer((incoming, outgoing) => this.forward(incoming, outgoing));

  private constructor(private readonly target: string) {
    this.server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
      this.upgrades.handleUpgrade(incoming, socket, head, (near) => this.join(near, incoming)),
    );
  }

  static async start(hubUrl: string): Promise<FrameProxy> {
    const proxy = new FrameProxy(hubUrl);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Frames of which this holds reach nobody, from now on. */
  keepBack(isKept: (frame: Frame) => boolean): void {
    this.isKept = isKept;
  }

  /** Ends every connection at once and without a word, as a load balancer does that gives up. */
  cutAll(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  close(): Promise<void> {
    this.cutAll();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** Both ends of one session; what comes before the far end is open waits for it. */
  private join(near: WebSocket, { url, headers }: IncomingMessage): void {
    const { authorization = '' } = headers;
    const far = new WebSocket(new URL(url ?? '/', this.target.replace(/^http/, 'ws')), {
      headers: { authorization },
      perMessageDeflate: false,
    });
    const opened = new Promise<void>((resolve) => far.once('open', resolve));
    near.on('message', (data) => void opened.then(() => this.pass('up', data, far)));
    far.on('message', (data) => this.pass('down', data, near));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.terminate());
      one.on('close', () => {
        this.sockets.delete(one);
        other.terminate();
      });
    }
  }

  private pass(direction: Frame['direction'], data: RawData, to: WebSocket): void {
    const text = (data as Buffer).toString('utf8');
    const { t: type } = JSON.parse(text) as { t: string };
    const frame = { direction, type, text };
    this.frames.push(frame);
    if (!this.isKept(frame) && to.readyState === WebSocket.OPEN) to.send(text);
  }

  /** What is no WebSocket: enrolment. */
  private forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, headers } = incoming;
    const onward = request(new URL(incoming.url ?? '/', this.target), { method, headers });
    onward.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
