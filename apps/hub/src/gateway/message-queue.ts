import { Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';

/**
 * One connection's work, in order, one at a time. A sender that is faster than the store is no longer read from;
 * what it sends then waits in its own buffers, and nobody else's.
 */
export class MessageQueue {
  private readonly logger = new Logger(MessageQueue.name);
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  /** @param credits Frames that the sender was allowed to have out; twice as many stop the reading. */
  constructor(
    private readonly credits: number,
    private readonly socket: Pick<WebSocket, 'pause' | 'resume'>,
  ) {}

  /** A task has to deal with its own failures; what it still throws is a bug, and is logged. */
  add(task: () => Promise<void>): void {
    this.waiting++;
    if (this.waiting === this.credits * 2) this.socket.pause();
    this.tail = this.tail
      .then(task)
      .catch((error: unknown) => this.logger.error({ msg: 'a task failed', err: error }))
      .then(() => this.done());
  }

  private done(): void {
    this.waiting--;
    if (this.waiting === this.credits) this.socket.resume();
  }
}
