import { objectKey, type SourceRef } from '@app/contracts/objects';
import type { WorkloadLook } from '../workbench.port';
import { localKey, localParts, plainKey } from './local-key';
import { isSha1 } from './traces';
import { variableName } from './variable-name';

/** Kinds whose content Reloader digests as it stands in the object. */
export type DigestedKind = 'ConfigMap' | 'Secret';

/** Reloader's mark says that the workload was restarted for content with this SHA-1. */
export type Claim = Readonly<{ workload: string; source: SourceRef & { kind: DigestedKind }; sha1: string }>;

/** What Reloader left in a workload that no restart of ours has touched since; only sources it still reacts to count. */
export function claimsOf(look: WorkloadLook | undefined): readonly Claim[] {
  if (!look?.reckoning || look.record.stamp !== null) return [];
  const { record, members } = look;
  const { marker, variables } = record.traces;
  const workload = objectKey(record.ref);
  const marked = marker ? localKey(marker.kind, marker.name) : null;
  return members.flatMap(({ key }): readonly Claim[] => {
    const { kind, name } = localParts(key);
    if (kind === 'SecretProviderClass') return [];
    const sha1 =
      (marked === plainKey(key) ? marker?.hash : undefined) ?? variables[variableName(kind, name)]?.value ?? '';
    return isSha1(sha1) ? [{ workload, source: { kind, namespace: record.ref.namespace, name }, sha1 }] : [];
  });
}

/** `source`: its key. */
export const behindMessage = (source: string): string =>
  `${source} has changed since Reloader restarted it for the last time: its pods may run the content before that; ` +
  'the next change restarts it';
