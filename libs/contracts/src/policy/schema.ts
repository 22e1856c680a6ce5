import { z } from 'zod';
import { dnsLabel, sourceKind, workloadKind } from '../objects';
import { parseSelector, SelectorError } from '../selector';
import { DURATION, isZero, parseAmount, parseDuration } from './amounts';
import { gateSpecs } from './gate-schema';
import { limitsSpec } from './limits-schema';
import { windowSpec } from './window-schema';

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as 30s, 15m or 1h30m, at most 366d');
const amount = z
  .union([z.int(), z.string()])
  .refine((value) => parseAmount(value) !== undefined, 'must be a whole number or a percentage from 0% to 100%');
const share = amount.refine((value) => {
  const parsed = parseAmount(value);
  return parsed === undefined || !isZero(parsed);
}, 'must be at least 1 or 1%: 0 would mean that nothing may ever start');

const selector = z.string().superRefine((text, ctx) => {
  try {
    parseSelector(text);
  } catch (error) {
    ctx.addIssue({
      code: 'custom',
      message: error instanceof SelectorError ? error.message : 'is not a label selector',
    });
  }
});

const match = z.strictObject({
  sources: z
    .array(
      z.strictObject({
        kinds: z.array(sourceKind).min(1).optional(),
        namespaces: z.array(dnsLabel).min(1).optional(),
        names: z.array(z.string().min(1)).min(1).optional(),
        labels: selector.optional(),
      }),
    )
    .min(1)
    .optional(),
  clusters: selector.optional(),
  workloads: z.strictObject({ kinds: z.array(workloadKind).min(1).optional(), labels: selector.optional() }).optional(),
});

const failureLimit = z.union([
  amount,
  z.strictObject({ count: z.int().min(0).optional(), percent: z.number().min(0).max(100).optional() }),
]);

const wave = z.strictObject({
  name: dnsLabel,
  clusters: z
    .strictObject({
      selector: selector.optional(),
      names: z.array(dnsLabel).min(1).optional(),
      size: share.optional(),
      rest: z.literal(true).optional(),
      orderBy: z.strictObject({ label: z.string().min(1), as: z.enum(['integer', 'string']).optional() }).optional(),
    })
    .refine(
      (value) => Object.keys(value).some((key) => key !== 'orderBy'),
      'must say which clusters: selector, names, size or rest',
    ),
  dependsOn: z.array(dnsLabel).optional(),
  maxConcurrency: share.optional(),
  maxFailures: failureLimit.optional(),
  failureExposure: z.enum(['bounded', 'unbounded']).optional(),
  soak: z.strictObject({ for: duration }).optional(),
  gates: gateSpecs.optional(),
});

const spec = z.strictObject({
  rollout: z.string().min(1).max(512).optional(),
  priority: z.int().min(-1_000_000).max(1_000_000).optional(),
  enabled: z.boolean().optional(),
  match: match.optional(),
  coalesce: z.strictObject({ quietPeriod: duration.optional(), maxWait: duration.optional() }).optional(),
  start: z.enum(['auto', 'manual', 'planHash']).optional(),
  waves: z.array(wave).min(1).max(50).optional(),
  maxFailures: failureLimit.optional(),
  dependsOn: z
    .strictObject({
      workloads: z
        .array(z.strictObject({ first: selector, then: selector, scope: z.literal('cluster').optional() }))
        .max(50)
        .optional(),
    })
    .optional(),
  target: z
    .strictObject({
      ackDeadline: duration.optional(),
      progressDeadline: duration.optional(),
      lostAfter: duration.optional(),
    })
    .optional(),
  offline: z
    .strictObject({
      policy: z.enum(['defer', 'wait', 'skip', 'fail']).optional(),
      grace: duration.optional(),
      maxDeferred: amount.optional(),
      deferTTL: duration.optional(),
    })
    .optional(),
  onFailure: z.enum(['halt', 'continue', 'cancel']).optional(),
  unassigned: z.enum(['fail', 'rest', 'ignore']).optional(),
  windows: z.array(windowSpec).max(50).optional(),
  limits: limitsSpec.optional(),
});
export type PolicySpec = z.infer<typeof policySpec>;
export type WaveSpec = z.infer<typeof wave>;
export type MatchSpec = z.infer<typeof match>;

export const shortPolicy = z.strictObject({
  name: dnsLabel.optional(),
  rollout: z.string().min(1).max(512),
  match: match.optional(),
});

export const fullPolicy = z.strictObject({
  apiVersion: z.literal('fleet-reloader.io/v1'),
  kind: z.literal('RolloutPolicy'),
  metadata: z.strictObject({ name: dnsLabel }),
  spec,
});

/** Keys that the policy language has and this release can not honour yet, by where they stand (`*` is any index). */
export const NOT_SUPPORTED_YET: ReadonlySet<string> = new Set([
  ...[
    'urgency',
    'flap',
    'onHalt',
    'joiners',
    'leavers',
    'supersede',
    'revert',
    'deadline',
    'checks',
    'blockers',
  ].map((key) => `/spec/${key}`),
  ...['breakGlass', 'allowAnnotationOverride'].map((key) => `/spec/${key}`),
  ...['by', 'ignoreKeys'].map((key) => `/spec/coalesce/${key}`),
  ...['ramp', 'spread', 'checks'].map((key) => `/spec/waves/*/${key}`),
  ...['before', 'after'].map((side) => `/spec/waves/*/gates/${side}/*/check`),
  '/spec/limits/concurrency/podsPerCluster',
  '/spec/waves/*/soak/onRegression',
  '/spec/dependsOn/policies',
  ...['sourceDeadline', 'retry', 'minReady', 'pdb'].map((key) => `/spec/target/${key}`),
]);

/** Values that the language has and this release can not honour yet. */
export const VALUES_NOT_SUPPORTED_YET: Readonly<Record<string, readonly string[]>> = {
  '/spec/waves/*/gates/before/*/type': ['check'],
  '/spec/waves/*/gates/after/*/type': ['check'],
  '/spec/dependsOn/workloads/*/scope': ['fleet'],
};
