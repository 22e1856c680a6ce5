import { parseSelector } from '../selector';
import { parseAmount, parseDuration } from './amounts';
import { parseRolloutExpression, toFailureLimit } from './one-line';
import type { Amount, FailureLimit, ResolvedPolicy, ResolvedWave } from './resolved';
import type { MatchSpec, PolicySpec, WaveSpec } from './schema';
import { dependenciesOf } from './waves';

const MINUTE = 60_000;
const DEFAULT_SOAK_MS = 15 * MINUTE;

/**
 * Writes out every default of a document that the schema accepted.
 * @throws ExpressionError when `rollout` can not be read.
 */
// eslint-disable-next-line complexity -- a list of defaults, one ?? each; nothing else is decided here
export function resolvePolicy(name: string, spec: PolicySpec, full: boolean): ResolvedPolicy {
  const line = spec.waves ? undefined : parseRolloutExpression(spec.rollout ?? 'canary');
  return {
    name,
    priority: spec.priority ?? 0,
    enabled: spec.enabled ?? true,
    start: line && line.start !== 'auto' ? line.start : (spec.start ?? 'auto'),
    match: resolveMatch(spec.match),
    coalesce: resolveCoalesce(spec.coalesce),
    waves: line ? line.waves : resolveWaves(spec.waves ?? []),
    unassigned: spec.unassigned ?? (full && spec.waves ? 'fail' : 'rest'),
    onFailure: spec.onFailure ?? 'halt',
    maxFailures: spec.maxFailures === undefined ? null : failures(spec.maxFailures),
    workloadOrder: (spec.dependsOn?.workloads ?? []).map((rule) => ({
      first: parseSelector(rule.first),
      then: parseSelector(rule.then),
    })),
    target: {
      ackDeadlineMs: ms(spec.target?.ackDeadline, MINUTE),
      progressDeadlineMs: ms(spec.target?.progressDeadline, 10 * MINUTE),
      lostAfterMs: ms(spec.target?.lostAfter, 10 * MINUTE),
    },
    offline: {
      graceMs: ms(spec.offline?.grace, 5 * MINUTE),
      maxDeferred: share(spec.offline?.maxDeferred, { percent: 10 }),
      deferTtlMs: 72 * 60 * MINUTE,
    },
  };
}

/** How long changes are gathered: since the last one, and in all. */
export const resolveCoalesce = (spec: PolicySpec['coalesce']): ResolvedPolicy['coalesce'] => ({
  quietMs: ms(spec?.quietPeriod, 30_000),
  maxWaitMs: ms(spec?.maxWait, 10 * MINUTE),
});

const ms = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : (parseDuration(text) ?? otherwise);
const share = (value: number | string | undefined, otherwise: Amount): Amount => parseAmount(value) ?? otherwise;

function failures(value: NonNullable<WaveSpec['maxFailures']>): FailureLimit {
  if (typeof value === 'object') return { count: value.count ?? 0, percent: value.percent ?? 0 };
  return toFailureLimit(share(value, { count: 0 }));
}

const resolveWaves = (waves: readonly WaveSpec[]): ResolvedWave[] =>
  // eslint-disable-next-line complexity -- a list of defaults, one ?? each; nothing else is decided here
  waves.map((wave, index) => ({
    name: wave.name,
    clusters: {
      selector: wave.clusters.selector === undefined ? null : parseSelector(wave.clusters.selector),
      names: wave.clusters.names ?? null,
      size: wave.clusters.size === undefined ? null : (parseAmount(wave.clusters.size) ?? null),
      rest: wave.clusters.rest ?? false,
      orderBy: wave.clusters.orderBy
        ? { label: wave.clusters.orderBy.label, as: wave.clusters.orderBy.as ?? 'string' }
        : null,
    },
    dependsOn: dependenciesOf(wave, waves[index - 1]),
    maxConcurrency: share(wave.maxConcurrency, index === 0 ? { count: 1 } : { percent: 25 }),
    maxFailures: wave.maxFailures === undefined ? { count: 0, percent: 0 } : failures(wave.maxFailures),
    failureExposure: wave.failureExposure ?? 'unbounded',
    soakMs: wave.soak ? ms(wave.soak.for, DEFAULT_SOAK_MS) : index === waves.length - 1 ? 0 : DEFAULT_SOAK_MS,
  }));

function resolveMatch(match: MatchSpec | undefined): ResolvedPolicy['match'] {
  return {
    sources:
      match?.sources?.map((source) => ({
        kinds: source.kinds ?? null,
        namespaces: source.namespaces ?? null,
        names: source.names ?? null,
        labels: source.labels === undefined ? null : parseSelector(source.labels),
      })) ?? null,
    clusters: match?.clusters === undefined ? null : parseSelector(match.clusters),
    workloads: match?.workloads
      ? {
          kinds: match.workloads.kinds ?? null,
          labels: match.workloads.labels === undefined ? null : parseSelector(match.workloads.labels),
        }
      : null,
  };
}
