const PER_SECOND = 5;

/** Lets a few refusals per second into the audit log and counts the others, so that nobody can fill the store with them. */
export class RefusalMeter {
  private second = 0;
  private admitted = 0;
  private leftOut = 0;

  /** Undefined: leave this one out. Else how many were left out since the last that was let in. */
  admit(nowMs: number): Readonly<{ leftOut: number }> | undefined {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.second) {
      this.second = second;
      this.admitted = 0;
    }
    if (this.admitted >= PER_SECOND) {
      this.leftOut++;
      return undefined;
    }
    this.admitted++;
    const { leftOut } = this;
    this.leftOut = 0;
    return { leftOut };
  }
}
