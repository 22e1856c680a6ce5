import type { IncomingMessage } from 'node:http';
import { MAX_FRAME_BYTES } from '@app/contracts/wire/envelope';
import { WebSocket } from 'ws';
import { readRefusal, type Refusal } from './core/refusal';
import { hubEndpoint } from './enrolment';
import type { LinkOptions } from './link-options';

const HANDSHAKE_MS = 15_000;
const MOST_REFUSAL_BYTES = 8_192;

export type ConnectAnswer =
  | Readonly<{ kind: 'open'; socket: WebSocket }>
  /** `hubTime`: epoch ms from the answer's Date header; null when there was none. */
  | Readonly<{ kind: 'refused'; refusal: Refusal; hubTime: number | null }>
  | Readonly<{ kind: 'unreachable'; message: string }>;

/**
 * Opens the one connection to the hub. Never throws, and always answers within the handshake's deadline.
 * @param withinMs that deadline.
 */
export function connect(options: LinkOptions, token: string, withinMs = HANDSHAKE_MS): Promise<ConnectAnswer> {
  const url = hubEndpoint(options.hubUrl, 'connect');
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    handshakeTimeout: withinMs,
    followRedirects: false,
    ...(options.hubCa === null ? {} : { ca: options.hubCa }),
  });
  return new Promise((resolve) => {
    socket.once('open', () => resolve({ kind: 'open', socket }));
    socket.on('error', (error) => resolve({ kind: 'unreachable', message: error.message }));
    socket.once('unexpected-response', (_request, response) => {
      void refusalOf(response).then((answer) => {
        resolve(answer);
        socket.terminate();
      });
    });
  });
}

async function refusalOf(response: IncomingMessage): Promise<ConnectAnswer> {
  const hubTime = Date.parse(response.headers.date ?? '');
  return {
    kind: 'refused',
    refusal: readRefusal(response.statusCode ?? 0, await bodyOf(response), response.headers['retry-after']),
    hubTime: Number.isNaN(hubTime) ? null : hubTime,
  };
}

/** A refusal is short; what is longer, late or broken is not read to its end. */
async function bodyOf(response: IncomingMessage): Promise<string> {
  response.setTimeout(HANDSHAKE_MS, () => response.destroy());
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk;
      if (text.length > MOST_REFUSAL_BYTES) break;
    }
  } catch {
    return '';
  }
  return text;
}
