import type { Result } from '@app/contracts/wire/agent-messages';

type Kept = Readonly<{ result: Result; frame: string | null }>;

/** Results that the hub has not stored yet. They outlive sessions; what is lost with the process is derived again. */
export class Results {
  readonly #kept = new Map<string, Kept>();

  add(result: Result): void {
    this.#kept.set(keyOf(result), { result, frame: null });
  }

  /** Nothing of an older session is under way any more. */
  startOver(): void {
    for (const [key, { result }] of this.#kept) this.#kept.set(key, { result, frame: null });
  }

  /** The oldest result that is not under way. */
  next(): Result | undefined {
    for (const { result, frame } of this.#kept.values()) if (frame === null) return result;
    return undefined;
  }

  sent(frame: string, result: Result): void {
    this.#kept.set(keyOf(result), { result, frame });
  }

  get unacknowledged(): number {
    let count = 0;
    for (const { frame } of this.#kept.values()) if (frame !== null) count++;
    return count;
  }

  /** The hub stored the frame, or refused it for good. @returns false when it held no result. */
  settled(frame: string): boolean {
    const result = this.#resultIn(frame);
    return result !== undefined && this.#kept.delete(keyOf(result));
  }

  /** The hub could not store the frame: the result goes again. @returns false when it held no result. */
  refused(frame: string): boolean {
    const result = this.#resultIn(frame);
    if (result !== undefined) this.add(result);
    return result !== undefined;
  }

  #resultIn(frame: string): Result | undefined {
    for (const kept of this.#kept.values()) if (kept.frame === frame) return kept.result;
    return undefined;
  }
}

/** A later attempt has a later permit id, so one entry per permit is enough. */
const keyOf = (result: Result): string => result.permit;
