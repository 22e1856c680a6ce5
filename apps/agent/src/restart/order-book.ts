import { objectKey } from '@app/contracts/objects';
import type { Result } from '@app/contracts/wire/agent-messages';
import type { Order } from './core/order';

/** Finished orders whose result is kept to answer a repeat; the oldest are forgotten first. */
const MAX_FINISHED = 10_000;

/** The orders that came, so that a hundred deliveries of one are one restart, and the fences they came with. */
export class OrderBook {
  readonly #open = new Set<string>();
  readonly #finished = new Map<string, Result>();
  readonly #fences = new Map<string, number>();

  /** What to do with a delivery: carry it out, wait for the one under way, or repeat its result. */
  take(order: Order): 'new' | 'open' | Result {
    const result = this.#finished.get(order.id);
    if (result) return result;
    if (this.#open.has(order.id)) return 'open';
    this.#open.add(order.id);
    if (order.terms) this.#raiseFence(order, order.terms.fence);
    return 'new';
  }

  finish(order: Order, result: Result): void {
    this.#open.delete(order.id);
    this.#finished.set(order.id, result);
    forgetOldest(this.#finished, MAX_FINISHED);
  }

  /** Highest fence that came for this workload in this rollout. */
  lastFence(order: Order): number {
    return this.#fences.get(fenceKey(order)) ?? 0;
  }

  #raiseFence(order: Order, fence: number): void {
    const key = fenceKey(order);
    const highest = Math.max(fence, this.#fences.get(key) ?? 0);
    this.#fences.delete(key);
    this.#fences.set(key, highest);
    forgetOldest(this.#fences, MAX_FINISHED);
  }
}

/** Fences of one rollout rise with each attempt; those of two rollouts say nothing about each other. */
const fenceKey = (order: Order): string => `${order.rollout}/${objectKey(order.workload)}`;

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
