import { Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';

/**
 * One connection's work, begun in the order in which it came. A sender that is faster than the store is no longer read
 * from; what it sends then waits in its own buffers, and nobody else's.
 */
export class MessageQueue {
  private readonly logger = new Logger(MessageQueue.name);
  private tail: Promise<unknown> = Promise.resolve();
  private readonly answers = new Set<Promise<void>>();
  private waiting = 0;

  /** @param credits Frames that the sender was allowed to have out; twice as many stop the reading. */
  constructor(
    private readonly credits: number,
    private readonly socket: Pick<WebSocket, 'pause' | 'resume'>,
  ) {}

  /** Done by itself, after everything before it. A task has to deal with its own failures; what it still throws is a bug. */
  add(task: () => Promise<void>): void {
    this.line(async () => {
      await Promise.all(this.answers);
      await this.run(task);
    });
  }

  /** Facts: done one after the other, whatever answers are still being taken in. */
  addFacts(task: () => Promise<void>): void {
    this.line(() => this.run(task));
  }

  /**
   * Answers: begun after everything before them, and not waited for by facts and other answers, so that many of them are
   * taken in with one write.
   */
  addAnswer(task: () => Promise<void>): void {
    this.line(() => {
      const answer = this.run(task).finally(() => this.answers.delete(answer));
      this.answers.add(answer);
    });
  }

  private line(begin: () => Promise<void> | void): void {
    this.waiting++;
    if (this.waiting === this.credits * 2) this.socket.pause();
    this.tail = this.tail.then(begin);
  }

  private async run(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.logger.error({ msg: 'a task failed', err: error });
    } finally {
      this.waiting--;
      if (this.waiting === this.credits) this.socket.resume();
    }
  }
}
