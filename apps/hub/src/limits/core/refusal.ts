/** Why a restart may not begin now. */
export type Refusal = Readonly<{
  reason: 'RateLimit' | 'MinInterval' | 'WorkloadLocked' | 'ConcurrencyLimit';
  message: string;
  /** Epoch milliseconds; null: not known. */
  until: number | null;
}>;

/**
 * What the store said of restarts that were asked for in this look, none of which has begun. `refused` is by names of
 * restarts and of scopes; what is `granted` would begin although a scope of it refuses others.
 */
export type Verdict = Readonly<{
  granted: ReadonlySet<string>;
  refused: ReadonlyMap<string, Refusal>;
  /** Nothing else is to be asked for in this look. */
  final: boolean;
}>;

export type Place = Readonly<{ cluster: string; namespace: string; workload: string }>;

/** The name of one restart. */
export const restartName = ({ cluster, workload }: Pick<Place, 'cluster' | 'workload'>): string =>
  `r/${cluster}/${workload}`;

/** Scopes that everything of the hub shares. */
const SHARED = ['g', 'kc'] as const;

/** Everything that may refuse a restart beside itself, most general first. */
const scopesOf = ({ cluster, namespace }: Place): readonly string[] => [
  ...SHARED,
  ...[`kw/${cluster}`, `c/${cluster}`, `n/${cluster}/${namespace}`],
];

const LATER: Refusal = { reason: 'RateLimit', message: 'others of this rollout come first', until: null };

/** Why this restart may not begin; null: nobody refuses it. */
export function refusalOf(verdict: Verdict | undefined, place: Place): Refusal | null {
  if (verdict === undefined) return null;
  const name = restartName(place);
  const own = verdict.refused.get(name);
  if (own !== undefined) return own;
  if (verdict.granted.has(name)) return null;
  const scope = scopesOf(place).find((each) => verdict.refused.has(each));
  const refusal = scope === undefined ? undefined : verdict.refused.get(scope);
  return refusal ?? (verdict.final ? LATER : null);
}

/** Whoever else asks in this look is refused as well. */
export const refusesAll = (verdict: Verdict | undefined): boolean =>
  verdict !== undefined && (verdict.final || SHARED.some((scope) => verdict.refused.has(scope)));
