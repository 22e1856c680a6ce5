import { z } from 'zod';
import { dnsLabel, sourceKind, sourceRef, workloadKind, workloadRef } from '../objects';
import { keyPattern, MAX_IGNORED_KEYS } from '../policy/key-pattern';
import { revision } from '../revision';
import { envelope, permitId, sentence } from './envelope';

export const welcome = z.strictObject({
  session: z.string().max(64),
  sessionEpoch: z.int().min(1),
  hubEpoch: z.int().min(1),
  hubVersion: z.string().max(64),
  proto: z.int().min(1),
  heartbeatSeconds: z.int().min(1),
  /** `full`: the hub's view differs from `inventoryDigest`, send a snapshot first. */
  snapshot: z.enum(['none', 'full']),
  /** Most unacknowledged frames the agent may have out. */
  credits: z.int().min(1),
  /** Cancelled rollouts that may still have permits under way; as in `cancel`. */
  revoked: z.array(z.strictObject({ rollout: z.string().max(64), fence: z.int().min(0) })).max(1000),
});
export type Welcome = z.infer<typeof welcome>;

export const reject = z.strictObject({
  code: z.string().max(64),
  message: sentence,
  /** true: do not come back soon; a person has to act. */
  terminal: z.boolean(),
  retryAfterSeconds: z.int().min(0),
});

/** `re` of the envelope names the frame; `stored`: in Redis. Only then may the agent forget it. */
export const ack = z.strictObject({
  disposition: z.enum(['stored', 'duplicate', 'throttled']),
  retryAfterMs: z.int().min(0),
});

/** Permission to bring one workload to the revision that its own agent reported. */
export const permittedRestart = z.strictObject({
  permit: permitId,
  workload: workloadRef,
  uid: z.string().min(1).max(64),
  toRevision: revision,
});
export type PermittedRestart = z.infer<typeof permittedRestart>;

/** Most sources that one permit names: enough for people to see why a workload restarts. */
export const MAX_CAUSES = 64;

/**
 * One frame per (rollout, wave, cluster). The agent acts on a restart only while the workload is pending on
 * exactly `toRevision`, `fence` is above every floor it knows, and hub time is before `notAfter`.
 */
export const permit = z.strictObject({
  rollout: z.string().max(64),
  policy: z.string().max(63),
  attempt: z.int().min(1),
  fence: z.int().min(1),
  hubEpoch: z.int().min(1),
  notAfter: z.iso.datetime(),
  /** Patched → ready, per workload. */
  progressDeadlineSeconds: z.int().min(1),
  /** How long a workload has to stay ready, once it is, before its restart is over; missing: not at all. */
  minReadySeconds: z.int().min(1).optional(),
  causes: z.array(sourceRef).max(MAX_CAUSES),
  /**
   * Restart also what is current, once per rollout. Only an agent that was started with the consent for it does so, and
   * only to the revision that it reported.
   */
  force: z.literal(true).optional(),
  restarts: z.array(permittedRestart).min(1).max(1000),
});
export type Permit = z.infer<typeof permit>;

/** Permits of this rollout with a fence up to this one are void; restarts that have begun finish. */
export const cancel = z.strictObject({ rollout: z.string().max(64), fence: z.int().min(0) });
/** The hub's view can not be trusted: send a full snapshot. */
export const resync = z.strictObject({ why: sentence });
export const drain = z.strictObject({ reconnectWithinMs: z.int().min(0) });

/** A parsed selector, as `parseSelector` has it. */
const selector = z
  .array(
    z.strictObject({
      key: z.string().max(317),
      op: z.enum(['in', 'notin', 'exists', 'missing']),
      values: z.array(z.string().max(63)),
    }),
  )
  .nullable();

/** One policy that matches the cluster: which sources, for which workloads, and what does not count of them. */
const keyRule = z.strictObject({
  policy: dnsLabel,
  /** null: all. */
  sources: z
    .array(
      z.strictObject({
        kinds: z.array(sourceKind).nullable(),
        namespaces: z.array(dnsLabel).nullable(),
        names: z.array(z.string().max(253)).nullable(),
        labels: selector,
      }),
    )
    .nullable(),
  /** null: all. */
  workloads: z.strictObject({ kinds: z.array(workloadKind).nullable(), labels: selector }).nullable(),
  /** Patterns of keys; empty: every key counts. */
  ignoreKeys: z.array(keyPattern).max(MAX_IGNORED_KEYS),
});
export type KeyRule = z.infer<typeof keyRule>;

/**
 * Which keys of sources count, since version 3: comes after the welcome and whenever it changes. In order of precedence; of
 * a source the first rule counts that matches, unless an annotation chooses another. Where none matches every key counts.
 */
export const keyRules = z.strictObject({ rules: z.array(keyRule) });

export const hubError = z.strictObject({ code: z.string().max(64), message: sentence, retryable: z.boolean() });

export const hubMessage = z.discriminatedUnion('t', [
  envelope('welcome', welcome),
  envelope('reject', reject),
  envelope('ack', ack),
  envelope('permit', permit),
  envelope('cancel', cancel),
  envelope('resync', resync),
  envelope('drain', drain),
  envelope('keyRules', keyRules),
  envelope('error', hubError),
]);
/** Every frame that the hub may send. */
export type HubMessage = z.infer<typeof hubMessage>;
