import type { Readable } from 'node:stream';
import { waitFor } from '@test/wait';
import type { Body } from './body';

/** One line of a watch. */
export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Body;
}

/** Collects the lines of one watch. */
export class WatchReader {
  readonly lines: WatchLine[] = [];
  private rest = '';
  private finished = false;

  constructor(
    readonly status: number,
    private readonly stream: Readable,
  ) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => this.take(chunk));
    stream.once('end', () => (this.finished = true));
    stream.once('error', () => (this.finished = true));
  }

  /** The first line, read or to come, that fits. */
  until(what: string, fits: (line: WatchLine) => boolean, timeoutMs = 15_000): Promise<WatchLine> {
    const describe = () => JSON.stringify(this.types());
    return waitFor(what, () => this.lines.find(fits), { timeoutMs, intervalMs: 10, describe });
  }

  /** Resolves when the server has ended the stream. */
  async ended(timeoutMs = 15_000): Promise<void> {
    await waitFor('the end of the watch', () => this.finished, { timeoutMs, intervalMs: 10 });
  }

  /** `ADDED name`, `BOOKMARK`, …: the story so far. */
  types(): string[] {
    return this.lines.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());
  }

  close(): void {
    this.stream.destroy();
  }

  private take(chunk: string): void {
    const parts = (this.rest + chunk).split('\n');
    this.rest = parts.pop() ?? '';
    for (const part of parts) this.lines.push(JSON.parse(part) as WatchLine);
  }
}
