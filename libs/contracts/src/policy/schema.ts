import { z } from 'zod';
import { dnsLabel, LABEL_KEY, sourceKind, workloadKind } from '../objects';
import { parseSelector, SelectorError } from '../selector';
import { isZero, parseAmount } from './amounts';
import { deadline, duration } from './durations';
import { gateSpecs } from './gate-schema';
import { limitsSpec } from './limits-schema';
import { keyPattern, MAX_IGNORED_KEYS } from './key-pattern';
import { flapSpec, joinersSpec, onHaltSpec, rampSpec, retrySpec, revertSpec, supersedeSpec } from './rules-schema';
import { URGENCIES } from './urgency';
import { windowSpec } from './window-schema';

/** Kubernetes' own label for what an object belongs to; https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const PART_OF = 'app.kubernetes.io/part-of';

const amount = z
  .union([z.int().meta({ minimum: 0 }), z.string().meta({ pattern: '^(100|[1-9]?[0-9])%$' })])
  .refine((value) => parseAmount(value) !== undefined, 'must be a whole number or a percentage from 0% to 100%')
  .meta({ description: 'a whole number, or a percentage from 0% to 100%' });
const share = amount
  .refine((value) => {
    const parsed = parseAmount(value);
    return parsed === undefined || !isZero(parsed);
  }, 'must be at least 1 or 1%: 0 would mean that nothing may ever start')
  .meta({ description: 'a whole number from 1, or a percentage from 1% to 100%', not: { enum: [0, '0%'] } });

const SELECTOR = 'a label selector such as "env=prod", "tier in (0,1)", "!quarantined", joined by commas';
const selector = z
  .string()
  .superRefine((text, ctx) => {
    if (text.trim() === '') {
      ctx.addIssue({ code: 'custom', message: 'is empty: to mean everything, leave it out' });
      return;
    }
    try {
      parseSelector(text);
    } catch (error) {
      ctx.addIssue({
        code: 'custom',
        message: error instanceof SelectorError ? error.message : 'is not a label selector',
      });
    }
  })
  .meta({ description: SELECTOR, minLength: 1 });

/** An empty object would match everything, which people say by leaving it out. */
const saysSomething = (value: object): boolean => Object.keys(value).length > 0;
const SAY_SOMETHING = 'is empty: say what to match, or leave it out to mean everything';

const match = z.strictObject({
  sources: z
    .array(
      z
        .strictObject({
          kinds: z.array(sourceKind).min(1).optional(),
          namespaces: z.array(dnsLabel).min(1).optional(),
          names: z.array(z.string().min(1)).min(1).optional(),
          labels: selector.optional(),
        })
        .refine(saysSomething, SAY_SOMETHING),
    )
    .min(1)
    .optional(),
  clusters: selector.optional(),
  workloads: z
    .strictObject({ kinds: z.array(workloadKind).min(1).optional(), labels: selector.optional() })
    .refine(saysSomething, SAY_SOMETHING)
    .optional(),
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
  soak: z.strictObject({ for: duration, onRegression: z.enum(['fail', 'reset', 'ignore']).optional() }).optional(),
  gates: gateSpecs.optional(),
  ramp: rampSpec.optional(),
});

/** What a policy says, without its name. */
export const policySpec = z.strictObject({
  rollout: z.string().min(1).max(512).optional(),
  priority: z.int().min(-1_000_000).max(1_000_000).optional(),
  enabled: z.boolean().optional(),
  match: match.optional(),
  urgency: z.enum(URGENCIES).optional(),
  coalesce: z
    .strictObject({
      by: z.enum(['content', 'source', 'label']).optional(),
      label: z
        .string()
        .regex(LABEL_KEY, 'must be a label key such as app.kubernetes.io/part-of')
        .meta({ description: `with by: label, the key of that label; default ${PART_OF}` })
        .optional(),
      quietPeriod: duration.optional(),
      maxWait: duration.optional(),
      ignoreKeys: z
        .array(keyPattern)
        .min(1)
        .max(MAX_IGNORED_KEYS)
        .meta({
          description:
            'keys of the sources that do not count: what only these hold is no change; * stands for any text',
        })
        .optional(),
    })
    .optional(),
  start: z.enum(['auto', 'manual', 'planHash']).optional(),
  waves: z.array(wave).min(1).max(50).optional(),
  maxFailures: failureLimit.optional(),
  dependsOn: z
    .strictObject({
      workloads: z
        .array(z.strictObject({ first: selector, then: selector, scope: z.enum(['cluster', 'fleet']).optional() }))
        .max(50)
        .optional(),
      policies: z.array(dnsLabel).min(1).max(50).optional(),
    })
    .optional(),
  target: z
    .strictObject({
      ackDeadline: deadline.optional(),
      progressDeadline: deadline.optional(),
      lostAfter: deadline.optional(),
      sourceDeadline: deadline.optional(),
      minReady: duration.optional(),
      pdb: z.enum(['ignore', 'warn']).optional(),
      retry: retrySpec.optional(),
    })
    .optional(),
  offline: z
    .strictObject({
      policy: z.enum(['defer', 'wait', 'skip', 'fail']).optional(),
      grace: duration.optional(),
      maxDeferred: amount.optional(),
      deferTTL: deadline.optional(),
    })
    .optional(),
  onFailure: z.enum(['halt', 'continue', 'cancel']).optional(),
  unassigned: z.enum(['fail', 'rest', 'ignore']).optional(),
  onHalt: onHaltSpec.optional(),
  joiners: joinersSpec.optional(),
  leavers: z.enum(['skip', 'fail']).optional(),
  supersede: supersedeSpec.optional(),
  revert: revertSpec.optional(),
  flap: flapSpec.optional(),
  windows: z.array(windowSpec).max(50).optional(),
  limits: limitsSpec.optional(),
  allowAnnotationOverride: z.boolean().optional(),
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
  spec: policySpec,
});

/** Keys that the policy language has and this release can not honour yet, by where they stand (`*` is any index). */
export const NOT_SUPPORTED_YET: ReadonlySet<string> = new Set([
  ...['deadline', 'checks', 'blockers', 'breakGlass'].map((key) => `/spec/${key}`),
  '/spec/revert/priority',
  ...['spread', 'checks'].map((key) => `/spec/waves/*/${key}`),
  ...['before', 'after'].map((side) => `/spec/waves/*/gates/${side}/*/check`),
]);

/** Values that the language has and this release can not honour yet. */
export const VALUES_NOT_SUPPORTED_YET: Readonly<Record<string, readonly string[]>> = {
  '/spec/waves/*/gates/before/*/type': ['check'],
  '/spec/waves/*/gates/after/*/type': ['check'],
  '/spec/target/pdb': ['respect'],
};
