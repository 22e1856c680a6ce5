import type { ConvergenceView } from '@app/contracts/api/views';
import type { View } from '../../output/core/table';

type Item = ConvergenceView['items'][number];
const share = ({ current, total }: Readonly<{ current: number; total: number }>): string => `${current}/${total}`;

/** How far each cluster is with a source. */
export const CONVERGENCE_LIST: View<Item> = {
  name: ({ cluster }) => cluster,
  columns: [
    { header: 'CLUSTER', value: ({ cluster }) => cluster },
    { header: 'STATE', value: ({ state }) => state },
    { header: 'REVISION', value: ({ revision }) => revision ?? '' },
    { header: 'WORKLOADS', value: ({ workloads }) => share(workloads) },
    { header: 'PODS', value: ({ pods }) => share(pods) },
    { header: 'REASON', value: ({ reason }) => reason },
  ],
};

/** Only what was seen counts: where nothing is known of the source, nothing has converged. */
export const hasConverged = ({ items }: ConvergenceView): boolean =>
  items.length > 0 && items.every(({ state }) => state === 'Converged');

/** What is missing, as a sentence. */
export function convergenceGap({ items }: ConvergenceView): string {
  if (items.length === 0) return 'no cluster is known to use this source: check its kind, namespace and name';
  const count = (state: Item['state']): number => items.filter((item) => item.state === state).length;
  return `${count('Converged')} of ${items.length} clusters have converged; ${count('Behind')} behind, ${count('Unknown')} unknown`;
}
