import { RELOADER_KEYS } from './annotation-keys';
import type { LocalKey } from './local-key';
import { hasPatterns, interestsOf, isByPattern, membersOf, type NamespaceSources } from './membership';
import { NO_MARKS, readOptIn } from './opt-in';
import type { References } from './references';

const OPTIONS = { keys: RELOADER_KEYS, autoReloadAll: false, ignoredKinds: [], runSuspendedCronJobs: false };
const NAMED = 'secret.reloader.stakater.com/reload';
const AUTO = 'reloader.stakater.com/auto';
const SEARCH = 'reloader.stakater.com/search';

const workload = (annotations: Record<string, string>, secrets: readonly string[] = []) => {
  const references: References = { ConfigMap: [], Secret: secrets, SecretProviderClass: [] };
  return { optIn: readOptIn(annotations, {}, OPTIONS), references };
};
/** A namespace with these Secrets, of which none says anything about itself. */
const secrets = (...names: readonly string[]): NamespaceSources => ({
  marks: (kind, name) => (kind === 'Secret' && names.includes(name) ? NO_MARKS : undefined),
  names: (kind) => (kind === 'Secret' ? names : []),
});
const remembered = (appearing: boolean, ...keys: readonly LocalKey[]) => ({ keys: new Set(keys), appearing });
const NOTHING = remembered(false);

describe('the sources that a workload reacts to', () => {
  it('are those that it uses or names, existing or not, sorted and once each', () => {
    const own = workload({ [AUTO]: 'true', [NAMED]: 'named,used' }, ['used', 'missing']);
    expect(membersOf(own, secrets('used', 'other'), NOTHING)).toEqual([
      'Secret/missing',
      'Secret/named',
      'Secret/used',
    ]);
  });

  it('are by a pattern those that exist, also where it reacts to all that it uses', () => {
    const own = workload({ [AUTO]: 'true', [NAMED]: 'app-.*' }, ['used']);
    expect(membersOf(own, secrets('app-1', 'other'), NOTHING)).toEqual(['Secret/app-1', 'Secret/used']);
  });

  it('are with a search those that say so, and one that is gone only while it is remembered', () => {
    const own = workload({ [SEARCH]: 'true' }, ['gone']);
    expect(membersOf(own, secrets('gone'), NOTHING)).toEqual([]);
    expect(membersOf(own, secrets(), NOTHING)).toEqual([]);
    expect(membersOf(own, secrets(), remembered(false, 'Secret/gone'))).toEqual(['Secret/gone']);
    expect(membersOf(own, secrets(), remembered(true))).toEqual(['Secret/gone']);
  });

  it('may change by the coming of those that it names, uses with auto, or uses with a search', () => {
    expect(interestsOf(workload({ [NAMED]: 'named,app-.*' }, ['used']))).toEqual(['Secret/named']);
    expect(interestsOf(workload({ [AUTO]: 'true' }, ['used']))).toEqual(['Secret/used']);
    expect(interestsOf(workload({ [SEARCH]: 'true' }, ['used']))).toEqual(['Secret/used']);
  });

  it('are tied to it by nothing but a pattern when it neither names nor uses them', () => {
    const own = workload({ [NAMED]: 'app-1,app-.*' }, ['app-2']);
    expect([hasPatterns(own), hasPatterns(workload({ [NAMED]: 'app-1' }))]).toEqual([true, false]);
    expect((['Secret/app-1', 'Secret/app-2', 'Secret/app-3'] as const).map((key) => isByPattern(own, key))).toEqual([
      false,
      false,
      true,
    ]);
    expect(isByPattern(workload({ [NAMED]: 'app-1' }), 'Secret/app-3')).toBe(false);
  });
});
