import { plainKey } from './local-key';
import type { MemberSource } from './reckon';

type Looked = Readonly<{ members: readonly Pick<MemberSource, 'key' | 'revision' | 'byPattern'>[] }>;

/**
 * `Kind/name` of the sources that a workload names or uses and that do not exist. What only a pattern ties to it, nobody
 * has asked for by name; and of a SecretProviderClass nothing is known before a pod has mounted it.
 */
export const missingOf = ({ members }: Looked): readonly string[] => {
  const missing = members.filter(({ key, revision, byPattern }) => {
    return revision === null && byPattern !== true && !key.startsWith('SecretProviderClass/');
  });
  return [...new Set(missing.map(({ key }) => plainKey(key)))];
};
