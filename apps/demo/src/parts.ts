/** Everything that the demo has started, so that nothing is left when it ends, whenever that is. */
export class Parts {
  private readonly started: { part: Promise<unknown>; stop: () => Promise<unknown> }[] = [];
  private closing = false;

  /**
   * Starts a part and remembers it from the first moment: one that is half started when the demo ends is waited for
   * and stopped. When the demo ends already, nothing more is started.
   */
  start<T>(begin: () => Promise<T>, stop: (part: T) => Promise<unknown>): Promise<T> {
    if (this.closing) return Promise.reject(new Error('the demo ends'));
    const part = begin();
    this.started.push({ part, stop: async () => stop(await part) });
    return part;
  }

  /** Stops them, the last first. */
  async stop(complain: (text: string) => void): Promise<void> {
    this.closing = true;
    for (const { part, stop } of this.started.reverse()) {
      const wasStarted = await part.then(
        () => true,
        () => false, // what failed to start has cleaned up after itself
      );
      if (wasStarted) await stop().catch((error: unknown) => complain(`could not stop a part: ${String(error)}`));
    }
  }
}
