import { resolveShare } from '@app/contracts/policy/amounts';
import type { ResolvedPolicy, ResolvedWave } from '@app/contracts/policy/resolved';
import { matchesSelector } from '@app/contracts/selector';
import type { CandidateCluster, PlanWarning } from './model';

export type Assigned = Readonly<{
  waves: readonly Readonly<{ wave: ResolvedWave; clusters: readonly string[] }>[];
  /** Clusters that no wave took. Under `rest` they are in a last wave and not here. */
  unassigned: readonly string[];
  warnings: readonly PlanWarning[];
}>;

/**
 * Gives each cluster to the first wave that takes it; a `rest` wave takes what all the others left.
 * @param clusters sorted by name.
 */
export function assignWaves(policy: ResolvedPolicy, clusters: readonly CandidateCluster[]): Assigned {
  const taken = new Map<string, string>();
  const warnings: PlanWarning[] = [];
  const byWave = new Map<string, readonly string[]>();
  const named = policy.waves.filter((wave) => !wave.clusters.rest);
  const rests = policy.waves.filter((wave) => wave.clusters.rest);
  for (const wave of [...named, ...rests]) {
    const matching = clusters.filter((cluster) => wants(wave, cluster));
    if (!wave.clusters.size && !wave.clusters.rest) warnings.push(...overlaps(wave, matching, taken));
    const free = inOrder(
      wave,
      matching.filter((cluster) => !taken.has(cluster.name)),
    );
    const chosen = wave.clusters.size ? free.slice(0, resolveShare(wave.clusters.size, clusters.length)) : free;
    chosen.forEach((cluster) => taken.set(cluster.name, wave.name));
    byWave.set(
      wave.name,
      chosen.map((cluster) => cluster.name),
    );
  }
  const waves = policy.waves.map((wave) => ({ wave, clusters: byWave.get(wave.name) ?? [] }));
  return leftovers(policy, {
    waves,
    warnings,
    unassigned: clusters.map(({ name }) => name).filter((name) => !taken.has(name)),
  });
}

/** Whether some wave would take the cluster, if it has a place left for it. */
export const mayTake = (policy: ResolvedPolicy, cluster: Labelled): boolean =>
  policy.waves.some((wave) => wants(wave, cluster));

type Labelled = Pick<CandidateCluster, 'name' | 'labels'>;

function wants(wave: ResolvedWave, cluster: Labelled): boolean {
  const { selector, names } = wave.clusters;
  return (!selector || matchesSelector(selector, cluster.labels)) && (!names || names.includes(cluster.name));
}

const overlaps = (
  wave: ResolvedWave,
  matching: readonly CandidateCluster[],
  taken: ReadonlyMap<string, string>,
): PlanWarning[] =>
  matching
    .filter((cluster) => taken.has(cluster.name))
    .map((cluster) => ({
      code: 'MATCHED_TWICE',
      detail: `wave "${wave.name}" matches it too; it goes with wave "${taken.get(cluster.name)}"`,
      subject: cluster.name,
    }));

/** By the label (missing last), then by name. */
function inOrder(wave: ResolvedWave, clusters: readonly CandidateCluster[]): readonly CandidateCluster[] {
  const by = wave.clusters.orderBy;
  if (!by) return clusters;
  const rank = (cluster: CandidateCluster): number | string | undefined => {
    const value = cluster.labels[by.label];
    if (value === undefined || by.as === 'string') return value;
    return /^-?\d+$/.test(value) ? Number(value) : undefined;
  };
  return [...clusters].sort((a, b) => compare(rank(a), rank(b)) || (a.name < b.name ? -1 : 1));
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -1 : 1;
}

const ASSIGN = 'add a wave with rest, or set unassigned: rest';

function leftovers(policy: ResolvedPolicy, assigned: Assigned): Assigned {
  const last = policy.waves.at(-1);
  if (assigned.unassigned.length === 0 || policy.unassigned === 'fail' || !last) return assigned;
  if (policy.unassigned === 'ignore') {
    const warnings = assigned.unassigned.map((name) => ({
      code: 'UNASSIGNED',
      detail: `no wave of policy "${policy.name}" takes it, and by unassigned: ignore it is not restarted: ${ASSIGN}`,
      subject: name,
    }));
    return { ...assigned, unassigned: [], warnings: [...assigned.warnings, ...warnings] };
  }
  const wave = { ...last, name: 'unassigned', dependsOn: policy.waves.map(({ name }) => name), soakMs: 0 };
  return { ...assigned, unassigned: [], waves: [...assigned.waves, { wave, clusters: assigned.unassigned }] };
}
