import type { ResolvedPolicy, SourceMatch } from '@app/contracts/policy/resolved';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import { byPrecedence, isFor, type MatchedCluster } from './match';

type Versioned = Readonly<{ policy: ResolvedPolicy }>;

/** No object has a longer one. */
const LONGEST_NAME = 253;

/** Whether any policy says that some keys do not count. */
export const ignoresKeys = (policies: readonly Versioned[]): boolean =>
  policies.some(({ policy }) => policy.enabled && policy.coalesce.ignoreKeys !== undefined);

/**
 * What an agent has to know of the policies to count as they say: all that are for its cluster, in order of precedence.
 * Empty where every key counts.
 */
export function keyRulesFor(policies: readonly Versioned[], cluster: MatchedCluster): readonly KeyRule[] {
  const concerned = policies.filter(({ policy }) => isFor(policy, cluster));
  return ignoresKeys(concerned) ? concerned.sort(byPrecedence).map(ruleOf) : [];
}

function ruleOf({ policy: { name, match, coalesce } }: Versioned): KeyRule {
  const { sources, workloads } = match;
  return {
    policy: name,
    sources: sources && sources.map(sourceRule),
    workloads: workloads && { kinds: copied(workloads.kinds), labels: selectorOf(workloads.labels) },
    ignoreKeys: [...(coalesce.ignoreKeys ?? [])],
  };
}

const sourceRule = ({ kinds, namespaces, names, labels }: SourceMatch) => ({
  kinds: copied(kinds),
  namespaces: copied(namespaces),
  names: names && names.filter((name) => name.length <= LONGEST_NAME),
  labels: selectorOf(labels),
});

const copied = <T>(list: readonly T[] | null): T[] | null => list && [...list];
const selectorOf = (selector: SourceMatch['labels']) =>
  selector && selector.map(({ key, op, values }) => ({ key, op, values: [...values] }));
