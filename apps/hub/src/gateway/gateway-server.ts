import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { MAX_FRAME_BYTES } from '@app/contracts/wire/envelope';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer } from 'ws';
import { ANONYMOUS, AuditLog } from '../audit/audit.log';
import { problemType } from '../http/core/problem';
import { StoreUnavailable } from '../platform/redis';
import { type Authenticated, type ConnectRefusal, ConnectTokens } from './connect-tokens';
import { SessionService } from './session.service';

export const CONNECT_PATH = '/agent/v1/connect';

type Server = Readonly<{
  on: (event: 'upgrade', listener: (...args: [IncomingMessage, Duplex, Buffer]) => void) => unknown;
}>;

/** Opens WebSockets for agents on the hub's port. Who connects is known before the first byte of a frame is read. */
@Injectable()
export class GatewayServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(GatewayServer.name);
  private readonly sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly tokens: ConnectTokens,
    private readonly sessions: SessionService,
    private readonly audit: AuditLog,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy()); // a peer that vanishes in the handshake is nobody's fault
      void this.upgrade(request, socket, head);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sessions.drain();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (request.url?.split('?')[0] !== CONNECT_PATH) return refuse(socket, NOT_FOUND);
    if (this.sessions.isDraining) return refuse(socket, RESTARTING);
    const answer = await this.authenticate(request);
    if (answer.kind === 'refused') return refuse(socket, answer.refusal);
    if (socket.destroyed) return;
    this.sockets.handleUpgrade(request, socket, head, (opened) => this.sessions.accept(opened, answer.record));
  }

  private async authenticate(request: IncomingMessage): Promise<Authenticated> {
    try {
      const answer = await this.tokens.authenticate(request.headers.authorization);
      if (answer.kind === 'refused') await this.note(answer, request.socket.remoteAddress ?? '');
      return answer;
    } catch (error) {
      if (!(error instanceof StoreUnavailable))
        this.logger.error({ msg: 'a connection could not be checked', err: error });
      return { kind: 'refused', refusal: STORE_AWAY };
    }
  }

  /** A person has to learn which cluster it may be, and that somebody tries to be one. */
  private async note({ refusal, claimed }: Extract<Authenticated, { kind: 'refused' }>, from: string): Promise<void> {
    const { code, detail } = refusal;
    this.logger.warn({ msg: 'a connection was refused', code, detail, claimed, from });
    if (!IMPOSTURES.has(code)) return;
    const entry = { actor: ANONYMOUS, from, action: 'clusters.connect', subject: claimed ?? '', reason: detail };
    await this.audit.appendRefusal({ ...entry, detail: { outcome: 'refused', code } }).catch(() => undefined);
  }
}

/** Nothing that an honest agent does leads to these. */
const IMPOSTURES: ReadonlySet<string> = new Set(['SignatureInvalid', 'TokenReplayed']);

const later = (code: string, detail: string, retryAfterSeconds: number): ConnectRefusal => ({
  status: 503,
  code,
  detail,
  terminal: false,
  retryAfterSeconds,
});

const STORE_AWAY = later('StoreUnavailable', 'the hub can not reach its store', 2);
const RESTARTING = later('Restarting', 'the hub restarts', 1);
const NOT_FOUND: ConnectRefusal = { ...later('NotFound', 'there is nothing at this path', 0), status: 404 };

/** Before the upgrade this is plain HTTP: a problem document that the agent, a person and a proxy can read. */
function refuse(socket: Duplex, { status, code, detail, terminal, retryAfterSeconds }: ConnectRefusal): void {
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ type: problemType(code), title, status, detail, terminal, retryAfterSeconds });
  const headers = [
    `HTTP/1.1 ${status} ${title}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSeconds > 0 ? [`Retry-After: ${retryAfterSeconds}`] : []),
    'Connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
