import {
  objectKey,
  parseObjectKey,
  type SourceRef,
  sourceRef,
  type WorkloadRef,
  workloadRef,
} from '@app/contracts/objects';
import type { Report } from '@app/contracts/wire/agent-messages';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import { slices } from '../../platform/core/slices';

/** Stored facts as they lie in the store: object key → JSON. */
export type StoredFacts = Readonly<{
  sources: Readonly<Record<string, string>>;
  workloads: Readonly<Record<string, string>>;
}>;

type Facts = Readonly<{ sources: readonly SourceFact[]; workloads: readonly WorkloadFact[] }>;
export type Difference = Omit<Report, 'inventoryDigest'>;

/** What has to be written and forgotten so that the stored facts become the snapshot's. */
export function snapshotDifference(stored: StoredFacts, snapshot: Facts): Difference {
  const sources = new Set(snapshot.sources.map(objectKey));
  const workloads = new Set(snapshot.workloads.map(objectKey));
  return {
    sources: snapshot.sources.filter((fact) => stored.sources[objectKey(fact)] !== JSON.stringify(fact)),
    workloads: snapshot.workloads.filter((fact) => stored.workloads[objectKey(fact)] !== JSON.stringify(fact)),
    goneSources: missing(stored.sources, sources).flatMap((ref) => asSource(ref)),
    goneWorkloads: missing(stored.workloads, workloads).flatMap((ref) => asWorkload(ref)),
  };
}

const missing = (stored: Readonly<Record<string, string>>, present: ReadonlySet<string>) =>
  Object.keys(stored)
    .filter((key) => !present.has(key))
    .map(parseObjectKey);

function asSource(ref: unknown): SourceRef[] {
  const parsed = sourceRef.safeParse(ref);
  return parsed.success ? [parsed.data] : [];
}

function asWorkload(ref: unknown): WorkloadRef[] {
  const parsed = workloadRef.safeParse(ref);
  return parsed.success ? [parsed.data] : [];
}

/** Cuts a difference into parts of bounded size, sources first: a workload is judged with its sources already there. */
export function inParts(difference: Difference, size: number): readonly Difference[] {
  const nothing: Difference = { sources: [], workloads: [], goneSources: [], goneWorkloads: [] };
  return [
    ...slices(difference.sources, size).map((sources) => ({ ...nothing, sources })),
    ...slices(difference.workloads, size).map((workloads) => ({ ...nothing, workloads })),
    ...slices(difference.goneWorkloads, size).map((goneWorkloads) => ({ ...nothing, goneWorkloads })),
    ...slices(difference.goneSources, size).map((goneSources) => ({ ...nothing, goneSources })),
  ];
}
