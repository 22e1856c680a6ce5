import type { SourceRef } from '@app/contracts/objects';
import type { SourceInCluster } from '../../../fleet/core/candidates';

/** One source, and the clusters that the policy owns for it. */
export type Concern = Readonly<{ source: SourceRef; clusters: readonly SourceInCluster[] }>;

/** What changes as one. A group may have one source as well as several. */
export type Changing = Readonly<{ isGroup: boolean; concerns: readonly Concern[] }>;

/** The same of the clusters that the filter leaves of each source. */
export const among = (
  { isGroup, concerns }: Changing,
  filter: (concern: Concern) => readonly SourceInCluster[],
): Changing => ({
  isGroup,
  concerns: concerns.map((concern) => ({ source: concern.source, clusters: filter(concern) })),
});
