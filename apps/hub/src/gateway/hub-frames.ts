import type { HubMessage } from '@app/contracts/wire/hub-messages';
import { WebSocket } from 'ws';

export type HubWord = HubMessage['t'];
export type Body<T extends HubWord> = Extract<HubMessage, { t: T }>['body'];

/** Unsent bytes at which a reader counts as stuck. Nothing is lost by dropping it: the state is in the store. */
const MOST_UNSENT_BYTES = 4 * 1024 * 1024;

/** Writes the frames of one connection: numbers them, and puts the store's time on them. */
export class HubFrames {
  #seq = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly now: () => number,
  ) {}

  send<T extends HubWord>(t: T, body: Body<T>, re?: string): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const seq = ++this.#seq;
    const ts = new Date(this.now()).toISOString();
    this.socket.send(JSON.stringify({ v: 1, t, id: String(seq), seq, ts, ...(re === undefined ? {} : { re }), body }));
    if (this.socket.bufferedAmount > MOST_UNSENT_BYTES) this.socket.terminate();
  }
}
