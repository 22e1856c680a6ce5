import type { CountedRate, LimitsHere } from './limits-here';
import type { Place } from './refusal';

/** A restart that a rollout wants to begin, and the limits that it has to keep. */
export type Ask = Place &
  Readonly<{
    revision: string;
    /** That it takes with it: what the workload wants, at least 1. */
    pods: number;
    limits: LimitsHere;
  }>;

/** What one write would begin, and what is over with it. */
export type Starts = Readonly<{
  rollout: string;
  /** Policy and what it is about: at most one rollout of these is active, and a newer one takes its workloads over. */
  subject: string;
  /** It goes before others wherever restarts wait for tokens or slots; absent: in its turn. */
  urgent?: true;
  asks: readonly Ask[];
  frees: readonly Pick<Place, 'cluster' | 'workload'>[];
}>;

/** Names and beginnings of names of the keys that the script uses. */
export type AdmitKeys = Readonly<
  Record<'rates' | 'seen' | 'line' | 'locks' | 'locked' | 'ran' | 'active' | 'due', string>
>;

type RuleText = Readonly<Record<'g' | 'c' | 'n', readonly (readonly (number | string)[])[]>> &
  Readonly<Record<'min' | 'kc' | 'kw' | 'kp', number>>;

const rateText = ({ rate, holds }: CountedRate): readonly (number | string)[] => [
  ...[rate.intervalUs, rate.burst, holds ? 1 : 0],
  rate.text,
];

const ruleText = (limits: LimitsHere): RuleText => ({
  g: limits.global.map(rateText),
  c: limits.cluster.map(rateText),
  n: limits.namespace.map(rateText),
  min: limits.minIntervalMs,
  kc: limits.clusters ?? -1,
  kw: limits.workloadsPerCluster ?? -1,
  kp: limits.podsPerCluster ?? -1,
});

/** What the script that admits restarts is called with; plain data for JSON. */
export function admitText({ rollout, subject, urgent, asks, frees }: Starts, keys: AdmitKeys) {
  const rules = [...new Set(asks.map(({ limits }) => limits))];
  return {
    ...{ keys, rollout, subject },
    ...(urgent && { urgent }),
    rules: rules.map(ruleText),
    asks: asks.map(({ cluster, workload, namespace, limits, revision, pods }) => {
      return [cluster, workload, namespace, rules.indexOf(limits), revision, pods];
    }),
    frees: frees.map(({ cluster, workload }) => [cluster, workload]),
  };
}
