import type { Instant, RolloutEvent } from '../../../apps/hub/src/rollout/core/model';

/** Something that happens, at a time that somebody else tells. */
export type NewEvent = RolloutEvent extends infer E ? (E extends { at: Instant } ? Omit<E, 'at'> : never) : never;

/** What the verbs of people name. */
type Names = Readonly<Record<'clusterAt' | 'waveAt' | 'gateAt', (pick: number) => string>>;

export const BY = { actor: 'ann', why: 'a reason' } as const;
export const VERBS: readonly ((history: Names, pick: number) => NewEvent)[] = [
  () => ({ type: 'paused', ...BY }),
  () => ({ type: 'resumed', acceptFailures: false, ...BY }),
  () => ({ type: 'resumed', acceptFailures: true, ...BY }),
  () => ({ type: 'resumed', acceptFailures: true, ...BY }),
  () => ({ type: 'retried', ...BY }),
  () => ({ type: 'retried', ...BY }),
  () => ({ type: 'started', ...BY }),
  (history, pick) => ({ type: 'skipped', wave: null, cluster: history.clusterAt(pick), ...BY }),
  (history, pick) => ({ type: 'skipped', wave: history.waveAt(pick), cluster: null, ...BY }),
  (history, pick) => ({ type: 'approved', gate: history.gateAt(pick), actor: `p${pick % 3}`, why: '' }),
  (history, pick) => ({ type: 'approved', gate: history.gateAt(pick), actor: `p${pick % 3}`, why: '' }),
  (history, pick) => ({ type: 'rejected', gate: history.gateAt(pick), actor: `p${pick % 3}`, why: '' }),
  (history, pick) => (pick % 3 === 0 ? { type: 'cancelled', ...BY } : { type: 'woken' }),
  (history, pick) => (pick % 3 === 0 ? { type: 'superseded', by: 'r2' } : { type: 'woken' }),
];
