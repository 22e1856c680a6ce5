/** So many calls at once, then so many a second: the limit that a Kubernetes client puts on itself by default. */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.tokens = burst;
    this.filledAt = now;
  }

  /** Takes one token, in advance if need be; ms until it may be used. `now` in ms. */
  take(now: number): number {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.perSecond);
    this.filledAt = now;
    this.tokens -= 1;
    return Math.max(0, (-this.tokens / this.perSecond) * 1000);
  }
}
