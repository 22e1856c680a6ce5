import { objectKey } from '@app/contracts/objects';
import type { Revision } from '@app/contracts/revision';
import { keyWith, type LocalKey } from './local-key';
import { isByPattern } from './membership';
import { partOf } from './parts';
import type { Fingerprint, MemberSource } from './reckon';
import type { SourceRecord, WorkloadRecord } from './records';

type Workload = Pick<WorkloadRecord, 'optIn' | 'references' | 'keysUsed'>;

/** A source as it counts for one workload; `source` undefined: it does not exist. */
export function memberSource(
  local: LocalKey,
  workload: Workload,
  source: SourceRecord | undefined,
  fingerprint: Pick<Fingerprint, 'of'>,
): MemberSource {
  const keys = workload.keysUsed?.[local];
  const key = keys ? keyWith(local, keys) : local;
  const byPattern = isByPattern(workload, local);
  if (!source) return { key, byPattern, revision: null, started: null, contentVersion: '', changedAt: null };
  const { started = null, contentVersion, changedAt, replaced, misread } = source;
  const member = { key, byPattern, started, contentVersion, changedAt, ...(misread !== undefined && { misread }) };
  if (keys) return { ...member, revision: ofKeys(source, keys, fingerprint) };
  return { ...member, revision: source.revision, ...(replaced === undefined ? {} : { replaced }) };
}

/** The revision of what stands under these keys; that there is nothing is a content, too. */
function ofKeys(
  { ref, parts = '' }: SourceRecord,
  keys: readonly string[],
  fingerprint: Pick<Fingerprint, 'of'>,
): Revision {
  const digests = keys.map((key) => [key, partOf(parts, key)] as const);
  return fingerprint.of(Object.fromEntries([[objectKey(ref), 'keys'], ...digests]));
}
