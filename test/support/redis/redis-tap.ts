import { createHash } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { RequestReader } from './request-reader';

/**
 * What becomes of a command. `kill-before`, `kill-after`: nothing ever passes again, as if the client's process died before
 * the command left, or after it took effect. `lose-reply`: it takes effect, and the connection ends in place of the reply.
 */
export type Fate = 'pass' | 'kill-before' | 'kill-after' | 'lose-reply';

/** A command by its kind: its name, with a script its digest too. */
export type Asked = Readonly<{ kind: string; /** How many of this kind there were, this one included. */ nth: number }>;

/** A wire to a Redis on this machine that sees each command and may cut itself at any of them. */
export class RedisTap {
  /** Decides over each command; all pass until it is set. */
  fate: (asked: Asked) => Fate = () => 'pass';
  /** Whether a command met another fate than to pass. */
  cut = false;
  private dead = false;
  private readonly counts = new Map<string, number>();
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly toPort: number,
    readonly url: string,
  ) {}

  static async start(toPort: number): Promise<RedisTap> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the tap has no port');
    const tap = new RedisTap(server, toPort, `redis://127.0.0.1:${address.port}`);
    server.on('connection', (near) => tap.join(near));
    return tap;
  }

  /** How many commands of each kind came so far; counting starts anew. */
  take(): ReadonlyMap<string, number> {
    const counts = new Map(this.counts);
    this.counts.clear();
    return counts;
  }

  get isDead(): boolean {
    return this.dead;
  }

  /** New connections are let through again. */
  revive(): void {
    this.fate = () => 'pass';
    this.dead = false;
  }

  async stop(): Promise<void> {
    this.kill();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private kill(): void {
    this.dead = true;
    for (const socket of this.sockets) socket.destroy();
  }

  private join(near: Socket): void {
    if (this.dead) return void near.destroy();
    const far = connect({ port: this.toPort, host: '127.0.0.1', noDelay: true });
    const reader = new RequestReader();
    near.on('data', (data) => {
      for (const request of reader.read(data)) if (!near.destroyed && !this.forward(request, near, far)) return;
    });
    far.on('data', (data) => near.writable && near.write(data));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('close', () => (this.sockets.delete(socket), other.destroy()));
      socket.on('error', () => other.destroy());
    }
  }

  /** @returns whether the connection goes on. */
  private forward({ bytes, words }: ReturnType<RequestReader['read']>[number], near: Socket, far: Socket): boolean {
    const kind = kindOf(words);
    const nth = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, nth);
    const fate = this.fate({ kind, nth });
    if (fate !== 'pass') this.cut = true;
    if (fate === 'kill-before') this.kill();
    else if (far.writable) far.write(bytes);
    if (fate === 'pass' || fate === 'kill-before') return fate === 'pass';
    if (fate === 'kill-after') this.dead = true;
    far.removeAllListeners('data');
    far.once('data', () => (fate === 'kill-after' ? this.kill() : near.destroy())); // it was carried out
    return false;
  }
}

/** A script by the digest of its text, whichever way it is called. */
function kindOf([command = '', script = '']: readonly string[]): string {
  const name = command.toUpperCase();
  if (name === 'EVALSHA') return `script ${script.slice(0, 8)}`;
  return name === 'EVAL' ? `script ${createHash('sha1').update(script).digest('hex').slice(0, 8)}` : name;
}
