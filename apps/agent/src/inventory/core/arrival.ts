import type { Belated } from '../../kube/kube.port';

/**
 * How an object is told of: `listed` in the first list of its kind, `relisted` in a later one, `live` as a change since,
 * `admitted` together with its namespace, which was not watched before.
 */
export type Arrival = 'listed' | 'live' | Belated;

/** True for what can be compared with what came before it: a list may go back, a store was restored. */
export const isLive = (arrival: Arrival): boolean => arrival === 'live' || arrival === 'admitted';
