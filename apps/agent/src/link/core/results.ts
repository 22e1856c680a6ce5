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
    const key = this.#keyIn(frame);
    return key !== undefined && this.#kept.delete(key);
  }

  /** The hub could not store the frame: the result goes again. @returns false when it held no result. */
  refused(frame: string): boolean {
    const key = this.#keyIn(frame);
    const kept = key === undefined ? undefined : this.#kept.get(key);
    if (key === undefined || kept === undefined) return false;
    this.#kept.set(key, { result: kept.result, frame: null });
    return true;
  }

  #keyIn(frame: string): string | undefined {
    for (const [key, kept] of this.#kept) if (kept.frame === frame) return key;
    return undefined;
  }
}

/** A later attempt has a later permit id, so one entry per permit is enough. */
const keyOf = (result: Result): string => result.permit;
