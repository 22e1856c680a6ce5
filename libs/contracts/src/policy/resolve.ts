import { parseSelector } from '../selector';
import { durationOr, parseAmount } from './amounts';
import { resolveGates } from './gates';
import { resolveLimits } from './limits';
import { parseRolloutExpression, toFailureLimit } from './one-line';
import type { Amount, FailureLimit } from './amounts';
import type { ResolvedPolicy, ResolvedWave } from './resolved';
import { type MatchSpec, PART_OF, type PolicySpec, type WaveSpec } from './schema';
import { haltWebhooksOf } from './receivers';
import { resolveFlap, resolveRamp, resolveRetry, resolveSupersede } from './rules';
import { type Unsaid, unsaidBy, urgencyOf } from './urgency';
import { dependenciesOf } from './waves';
import { resolveWindow } from './windows';

const MINUTE = 60_000;

/**
 * Writes out every default of a document that the schema accepted.
 * @throws ExpressionError when `rollout` can not be read.
 */
export function resolvePolicy(name: string, spec: PolicySpec, full: boolean): ResolvedPolicy {
  return {
    name,
    priority: spec.priority ?? unsaidBy(spec.urgency).priority,
    urgency: urgencyOf(spec),
    enabled: spec.enabled ?? true,
    match: resolveMatch(spec.match),
    coalesce: resolveCoalesce(spec.coalesce),
    ...resolveShape(spec),
    unassigned: spec.unassigned ?? (full && spec.waves ? 'fail' : 'rest'),
    onFailure: spec.onFailure ?? 'halt',
    maxFailures: spec.maxFailures === undefined ? null : failures(spec.maxFailures),
    ...resolveOrder(spec.dependsOn),
    target: resolveTarget(spec.target),
    offline: resolveOffline(spec.offline),
    ...resolveReactions(spec),
    windows: (spec.windows ?? []).map(resolveWindow),
    limits: resolveLimits(spec.limits),
  };
}

/** What becomes of a rollout when the world around it changes, or nobody decides. */
const resolveReactions = (
  spec: PolicySpec,
): Pick<
  ResolvedPolicy,
  'haltTtlMs' | 'haltWebhooks' | 'joiners' | 'leavers' | 'supersede' | 'flap' | 'allowAnnotationOverride'
> => ({
  ...(spec.onHalt?.ttl !== undefined && { haltTtlMs: durationOr(spec.onHalt.ttl, 0) }),
  ...haltWebhooksOf(spec.onHalt),
  joiners: spec.joiners?.policy ?? 'catchUp',
  leavers: spec.leavers ?? 'skip',
  supersede: resolveSupersede(spec.supersede),
  flap: resolveFlap(spec.flap),
  ...(spec.allowAnnotationOverride === true && { allowAnnotationOverride: true }),
});

/** Waves written out, or those of the one line, which may also say how a rollout starts. */
function resolveShape(spec: PolicySpec): Pick<ResolvedPolicy, 'start' | 'waves'> {
  const start = spec.start ?? 'auto';
  const unsaid = unsaidBy(spec.urgency);
  if (spec.waves) return { start, waves: spec.waves.map(resolvedBy(unsaid)) };
  const line = parseRolloutExpression(spec.rollout ?? 'canary', unsaid);
  return { start: line.start === 'auto' ? start : line.start, waves: line.waves };
}

const resolveOrder = (spec: PolicySpec['dependsOn']): Pick<ResolvedPolicy, 'workloadOrder' | 'policiesBefore'> => ({
  workloadOrder: (spec?.workloads ?? []).map((rule) => ({
    first: parseSelector(rule.first),
    then: parseSelector(rule.then),
    ...(rule.scope === 'fleet' && { scope: rule.scope }),
  })),
  ...(spec?.policies && { policiesBefore: spec.policies }),
});

const resolveTarget = (spec: PolicySpec['target']): ResolvedPolicy['target'] => ({
  ackDeadlineMs: durationOr(spec?.ackDeadline, MINUTE),
  progressDeadlineMs: durationOr(spec?.progressDeadline, 10 * MINUTE),
  lostAfterMs: durationOr(spec?.lostAfter, 10 * MINUTE),
  sourceDeadlineMs: durationOr(spec?.sourceDeadline, 30 * MINUTE),
  ...steadiness(spec),
  ...(spec?.retry && { retry: resolveRetry(spec.retry) }),
});

function steadiness(spec: PolicySpec['target']): Pick<ResolvedPolicy['target'], 'minReadyMs' | 'pdb'> {
  const minReadyMs = durationOr(spec?.minReady, 0);
  return { ...(minReadyMs > 0 && { minReadyMs }), ...(spec?.pdb === 'ignore' && { pdb: spec.pdb }) };
}

const resolveOffline = (spec: PolicySpec['offline']): ResolvedPolicy['offline'] => ({
  policy: spec?.policy ?? 'defer',
  graceMs: durationOr(spec?.grace, 5 * MINUTE),
  maxDeferred: share(spec?.maxDeferred, { percent: 10 }),
  deferTtlMs: durationOr(spec?.deferTTL, 72 * 60 * MINUTE),
});

/** How long changes are gathered: since the last one, and in all. */
export const resolveCoalesce = (spec: PolicySpec['coalesce']): ResolvedPolicy['coalesce'] => ({
  quietMs: durationOr(spec?.quietPeriod, 30_000),
  maxWaitMs: durationOr(spec?.maxWait, 10 * MINUTE),
  ...(spec?.by === 'label' && { label: spec.label ?? PART_OF }),
  ...(spec?.ignoreKeys && { ignoreKeys: [...new Set(spec.ignoreKeys)].sort() }),
});

const share = (value: number | string | undefined, otherwise: Amount): Amount => parseAmount(value) ?? otherwise;

function failures(value: NonNullable<WaveSpec['maxFailures']>): FailureLimit {
  if (typeof value === 'object') return { count: value.count ?? 0, percent: value.percent ?? 0 };
  return toFailureLimit(share(value, { count: 0 }));
}

const regressionOf = (word: NonNullable<WaveSpec['soak']>['onRegression']): Pick<ResolvedWave, 'onRegression'> =>
  word === undefined || word === 'ignore' ? {} : { onRegression: word };

const resolvedBy =
  (unsaid: Unsaid) =>
  (wave: WaveSpec, index: number, waves: readonly WaveSpec[]): ResolvedWave => {
    const isLast = index === waves.length - 1;
    return {
      name: wave.name,
      clusters: resolveClusters(wave.clusters),
      dependsOn: dependenciesOf(wave, waves[index - 1]),
      maxConcurrency: share(wave.maxConcurrency, index === 0 ? { count: 1 } : unsaid.maxConcurrency),
      maxFailures: wave.maxFailures === undefined ? { count: 0, percent: 0 } : failures(wave.maxFailures),
      failureExposure: wave.failureExposure ?? 'unbounded',
      soakMs: isLast && !wave.soak ? 0 : durationOr(wave.soak?.for, unsaid.soakMs),
      gates: resolveGates(wave.gates),
      ...regressionOf(wave.soak?.onRegression),
      ...(wave.ramp && { ramp: resolveRamp(wave.ramp) }),
    };
  };

const resolveClusters = ({ selector, names, size, rest, orderBy }: WaveSpec['clusters']): ResolvedWave['clusters'] => ({
  selector: selector === undefined ? null : parseSelector(selector),
  names: names ?? null,
  size: size === undefined ? null : (parseAmount(size) ?? null),
  rest: rest ?? false,
  orderBy: orderBy ? { label: orderBy.label, as: orderBy.as ?? 'string' } : null,
});

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
