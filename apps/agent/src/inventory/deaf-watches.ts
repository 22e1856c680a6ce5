import { type ClusterWarning, MAX_WARNINGS } from '@app/contracts/wire/agent-messages';
import type { KubeWatches, WatchedKind } from '../kube/kube.port';

/** A watch that is back before that is not worth a word. */
const AFTER_MS = 30_000;
/** Without them nothing is missed: plans tell less, or the cluster does not serve them at all. */
const DISPENSABLE: ReadonlySet<WatchedKind> = new Set(['PodDisruptionBudget', 'Rollout', 'DeploymentConfig']);

/** Watches that do not work any more: what changes there, nobody sees, and all else looks as if nothing had. */
export class DeafWatches {
  readonly #since = new Map<WatchedKind, number>();

  /** @param now ms, on a clock that never jumps. */
  warnings(watches: ReturnType<KubeWatches['status']>, now: number): readonly ClusterWarning[] {
    const failing = watches.filter(({ kind, error }) => error !== null && !DISPENSABLE.has(kind));
    for (const kind of this.#since.keys()) if (!failing.some((one) => one.kind === kind)) this.#since.delete(kind);
    for (const { kind } of failing) if (!this.#since.has(kind)) this.#since.set(kind, now);
    return failing
      .filter(({ kind }) => now - (this.#since.get(kind) ?? now) >= AFTER_MS)
      .slice(0, MAX_WARNINGS)
      .map(({ kind, error }) => warningOf(kind, error ?? ''));
  }
}

const warningOf = (kind: WatchedKind, error: string): ClusterWarning => ({
  code: 'WatchDown',
  detail: `changes of ${kind} objects are not seen there: ${error}`.slice(0, 1024),
});
