import { objectKey } from '@app/contracts/objects';
import { matchesKey } from '@app/contracts/policy/key-pattern';
import type { Revision } from '@app/contracts/revision';
import { ignoredKeys, type KeyRules } from './key-rules';
import { type Counted, ignoredIn, keyWith, type LocalKey } from './local-key';
import { isByPattern } from './membership';
import { keysIn, partOf } from './parts';
import type { Baseline, Fingerprint, MemberSource } from './reckon';
import type { SourceRecord, WorkloadRecord } from './records';

type Workload = Pick<WorkloadRecord, 'ref' | 'labels' | 'asked' | 'optIn' | 'references' | 'keysUsed' | 'stamp'>;

/** How keys are counted: by which rules, and what is recorded of the workload. */
export type Counting = Readonly<{
  rules: KeyRules;
  recorded: Pick<Baseline, 'sources' | 'previous'> | undefined;
  /** Revisions of whole sources by that of what counted of them. */
  wholes: ReadonlyMap<Revision, Revision>;
  fingerprint: Pick<Fingerprint, 'of'>;
}>;

/** A source as it counts for one workload; `source` undefined: it does not exist. */
export function memberSource(
  local: LocalKey,
  workload: Workload,
  source: SourceRecord | undefined,
  counting: Counting,
): MemberSource {
  const counted = countedOf(local, workload, source, counting);
  const key = keyWith(local, counted);
  const byPattern = isByPattern(workload, local);
  const partly = key === local ? {} : { whole: { now: source?.revision ?? null, then: counting.wholes } };
  if (!source) return { key, byPattern, ...partly, revision: null, started: null, contentVersion: '', changedAt: null };
  const { started = null, contentVersion, changedAt, replaced, misread } = source;
  const remarks = {
    ...(misread !== undefined && { misread }),
    ...(counted.ignored.length > 0 && { ignored: counted.ignored }),
  };
  const member = { key, byPattern, started, contentVersion, changedAt, ...remarks };
  if (key !== local) return { ...member, ...partly, revision: revisionOf(source, counted, counting.fingerprint) };
  return { ...member, revision: source.revision, ...(replaced === undefined ? {} : { replaced }) };
}

/**
 * What was recorded under other rules says nothing under new ones: these begin when the workload runs what it should by
 * the old ones. So a change that waits is not forgotten over a policy that is written meanwhile. At first every key counts,
 * for it is whole contents of which it is known what they replaced; but what a restart of ours has left is as the rules are.
 */
function countedOf(local: LocalKey, workload: Workload, source: SourceRecord | undefined, counting: Counting): Counted {
  const used = workload.keysUsed?.[local] ?? null;
  const before = recordedOf(counting.recorded, local, used);
  if (counting.rules === null || !source) return before ?? { used, ignored: [] };
  const isWhole = source.ref.kind === 'SecretProviderClass';
  const ruled = { used, ignored: isWhole ? [] : ignoredKeys(counting.rules, workload, source) };
  if (before) return isOpen(before, source, counting) ? before : ruled;
  return workload.stamp === null ? { used, ignored: [] } : ruled;
}

type Recorded = Counted & Readonly<{ revision: Revision | undefined }>;

/** A change of what counted waits, or the restart for one has not ended. */
const isOpen = (before: Recorded, source: SourceRecord, { recorded, fingerprint }: Counting): boolean =>
  recorded?.previous !== null || before.revision !== revisionOf(source, before, fingerprint);

function recordedOf(recorded: Counting['recorded'], local: LocalKey, used: Counted['used']): Recorded | undefined {
  const sources = recorded?.sources ?? {};
  const every = keyWith(local, { used, ignored: [] });
  if (sources[every] !== undefined) return { used, ignored: [], revision: sources[every] };
  for (const [key, revision] of Object.entries(sources)) {
    const ignored = ignoredIn(key, every);
    if (ignored) return { used, ignored, revision };
  }
  return undefined;
}

/** The revision of what counts; that there is nothing is a content, too. */
function revisionOf(
  { ref, revision, parts = '' }: SourceRecord,
  { used, ignored }: Counted,
  fingerprint: Pick<Fingerprint, 'of'>,
): Revision | null {
  if (used === null && ignored.length === 0) return revision;
  const counts = (used ?? keysIn(parts)).filter((key) => !matchesKey(ignored, key));
  const digests = counts.map((key) => [key, partOf(parts, key)] as const);
  return fingerprint.of(Object.fromEntries([[objectKey(ref), 'keys'], ...digests]));
}
