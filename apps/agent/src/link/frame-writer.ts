import type { AgentMessage, AgentMessageOf } from '@app/contracts/wire/agent-messages';
import type { WebSocket } from 'ws';

type Body<T extends AgentMessage['t']> = AgentMessageOf<T>['body'];

/** Writes the frames of one session: numbers them, so that both sides see a gap. */
export class FrameWriter {
  #seq = 0;

  constructor(private readonly socket: WebSocket) {}

  /** The id that the next frame will have. */
  get nextId(): string {
    return String(this.#seq + 1);
  }

  write<T extends AgentMessage['t']>(t: T, body: Body<T>, flushed?: () => void): string {
    const id = this.nextId;
    const frame = { v: 1, t, id, seq: ++this.#seq, ts: new Date().toISOString(), body };
    this.socket.send(JSON.stringify(frame), flushed ?? ignore);
    return id;
  }

  /** As `write`, and waits until the frame left this process: a big snapshot must not pile up in memory. */
  async writeThrough<T extends AgentMessage['t']>(t: T, body: Body<T>): Promise<string> {
    let id = '';
    await new Promise<void>((resolve) => {
      id = this.write(t, body, resolve);
    });
    return id;
  }
}

/** A send that fails is followed by the socket's close, which ends the session. */
const ignore = (): void => undefined;
