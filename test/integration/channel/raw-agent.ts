import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { type ConnectClaims, enrolStatement } from '@app/contracts/wire/enrolment';
import type { HubMessage } from '@app/contracts/wire/hub-messages';
import { waitFor } from '@test/wait';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import type { EnrollingHub } from './hub-under-test';

export type Claims = Partial<ConnectClaims>;
export type Connected =
  Readonly<{ kind: 'open'; socket: RawSocket }> | Readonly<{ kind: 'refused'; status: number; body: Refused }>;
type Refused = Readonly<{ type: string; terminal: boolean }>;

/** An agent made by hand, that can do what no honest agent does. */
export class RawAgent {
  readonly key: KeyObject;
  readonly publicKey: string;

  constructor(
    readonly cluster: string,
    readonly uid: string = `uid-of-${cluster}`,
  ) {
    const pair = generateKeyPairSync('ed25519');
    this.key = pair.privateKey;
    this.publicKey = pair.publicKey.export({ format: 'jwk' }).x ?? '';
  }

  async enrol(hub: EnrollingHub, token: string, change: Record<string, unknown> = {}): Promise<Response> {
    const { publicKey, uid: clusterUid } = this;
    const proof = sign(null, Buffer.from(enrolStatement({ token, publicKey, clusterUid })), this.key).toString(
      'base64url',
    );
    return fetch(`${hub.url}/agent/v1/enrol`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        token,
        cluster: this.cluster,
        clusterUid,
        publicKey,
        proof,
        agentVersion: '0.1.0',
        ...change,
      }),
    });
  }

  /** Enrols with a token that is bound to the name, so that nobody has to approve. */
  async join(hub: EnrollingHub): Promise<void> {
    const { token } = await hub.tokens.create({ cluster: this.cluster, labels: {}, ttlMs: 60_000 });
    const answer = await this.enrol(hub, token);
    if (answer.status !== 200) throw new Error(`enrolment of ${this.cluster}: ${await answer.text()}`);
  }

  token(hub: EnrollingHub, claims: Claims = {}, key: KeyObject = this.key): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const payload = { sub: this.cluster, aud: hub.hubId, jti: randomUUID(), iat, exp: iat + 60, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA' }).sign(key);
  }

  async connect(hub: EnrollingHub, token?: string): Promise<Connected> {
    const authorization = `Bearer ${token ?? (await this.token(hub))}`;
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/agent/v1/connect`, {
      headers: token === '' ? {} : { authorization },
      perMessageDeflate: false,
    });
    return new Promise((resolve, reject) => {
      const raw = new RawSocket(socket);
      socket.once('open', () => resolve({ kind: 'open', socket: raw }));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () =>
          resolve({ kind: 'refused', status: response.statusCode ?? 0, body: JSON.parse(text) as Refused }),
        );
      });
    });
  }

  async open(hub: EnrollingHub): Promise<RawSocket> {
    const answer = await this.connect(hub);
    if (answer.kind === 'refused') throw new Error(`refused: ${JSON.stringify(answer)}`);
    return answer.socket;
  }

  /** Connected, greeted and past an empty snapshot. */
  async session(hub: EnrollingHub): Promise<RawSocket> {
    const socket = await this.open(hub);
    socket.hello(this.uid);
    const welcome = await socket.next('welcome');
    if (welcome.body.snapshot === 'full') await socket.snapshot(randomUUID());
    return socket;
  }
}

/** One connection of a `RawAgent`. */
export class RawSocket {
  readonly received: HubMessage[] = [];
  closed: Readonly<{ code: number; reason: string }> | null = null;
  #seq = 0;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.received.push(JSON.parse(String(data)) as HubMessage));
    socket.on('close', (code, reason) => (this.closed = { code, reason: String(reason) }));
    socket.on('error', () => undefined);
  }

  send(t: string, body: unknown, change: Record<string, unknown> = {}): string {
    const seq = ++this.#seq;
    const id = `${t}-${seq}`;
    this.socket.send(JSON.stringify({ v: 1, t, id, seq, ts: new Date().toISOString(), body, ...change }));
    return id;
  }

  hello(clusterUid: string, change: Record<string, unknown> = {}): string {
    const known = { agentVersion: '0.1.0', kubernetesVersion: 'v1.36.0', agentEpoch: 0, maxHubEpochSeen: 0 };
    return this.send('hello', {
      ...known,
      proto: { min: 1, max: 1 },
      clusterUid,
      inventoryDigest: 'd',
      keyId: 'k0a1b2c',
      ...change,
    });
  }

  async snapshot(inventoryDigest: string, workloads: readonly unknown[] = []): Promise<void> {
    this.send('snapshotBegin', { snapshot: 's' });
    this.send('snapshotItems', { snapshot: 's', sources: [], workloads });
    const end = this.send('snapshotEnd', { snapshot: 's', sources: 0, workloads: workloads.length, inventoryDigest });
    await this.answer(end);
  }

  next<T extends HubMessage['t']>(t: T): Promise<Extract<HubMessage, { t: T }>> {
    return waitFor(
      `a ${t}`,
      () => this.received.find((message) => message.t === t) as Extract<HubMessage, { t: T }> | undefined,
      {
        intervalMs: 5,
        timeoutMs: 10_000,
        describe: () => JSON.stringify({ received: this.received, closed: this.closed }),
      },
    );
  }

  /** The hub's answer to a frame. */
  answer(frame: string): Promise<HubMessage> {
    return waitFor(`an answer to ${frame}`, () => this.received.find((message) => message.re === frame), {
      intervalMs: 5,
      timeoutMs: 10_000,
      describe: () => JSON.stringify({ received: this.received, closed: this.closed }),
    });
  }

  close(): Promise<Readonly<{ code: number; reason: string }>> {
    return waitFor('the close', () => this.closed ?? undefined, { intervalMs: 5, timeoutMs: 10_000 });
  }
}

/** The body of a report that says nothing but what is given. */
export const report = (change: Record<string, unknown> = {}) => ({
  sources: [],
  workloads: [],
  goneSources: [],
  goneWorkloads: [],
  inventoryDigest: '',
  ...change,
});
