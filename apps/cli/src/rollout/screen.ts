import type { CliIo } from '../context';

/** Up so many lines, and everything below is gone. */
const back = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\u001b[0J`);

/** A page at the end of a terminal that is drawn over again. */
export class Page {
  private drawn = 0;

  constructor(private readonly io: CliIo) {}

  draw(lines: readonly string[]): void {
    this.io.stdout.write(back(this.drawn) + lines.map((line) => `${line}\n`).join(''));
    this.drawn = lines.length;
  }
}
