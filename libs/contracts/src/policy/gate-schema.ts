import { z } from 'zod';
import { dnsLabel } from '../objects';
import { readApprover } from './approvers';
import { longSpan } from './durations';
import { parseGateTime } from './gate-time';
import { CLUSTER_ZONE, zoneProblem } from './time-zones';

const zone = z.string().superRefine((name, context) => {
  const problem =
    name === CLUSTER_ZONE ? 'is a zone of windows: a gate belongs to no single cluster' : zoneProblem(name);
  if (problem !== null) context.addIssue({ code: 'custom', message: `"${name}" ${problem}` });
});

const approver = z
  .string()
  .max(128)
  .refine(
    (text) => readApprover(text) !== undefined,
    'must be user:NAME (the name of a token), group:NAME or role:approver|admin',
  );

const time = z
  .string()
  .refine(
    (text) => parseGateTime(text) !== undefined,
    'must be a time of day such as "02:00", with weekdays such as "Tue 02:00" or "Mon,Wed 02:00", or a date and time such as 2027-01-04T06:00',
  );

/** One gate of a wave, as a policy document has it. Which keys go with which type is checked by `gateProblems`. */
export const gateSpec = z.strictObject({
  type: z.enum(['approval', 'schedule', 'wait']),
  name: dnsLabel.optional(),
  approvers: z.array(approver).min(1).max(100).optional(),
  count: z.int().min(1).max(20).optional(),
  expiresAfter: longSpan.optional(),
  onExpire: z.enum(['hold', 'reject']).optional(),
  notRequester: z.boolean().optional(),
  at: time.optional(),
  timezone: zone.optional(),
  for: longSpan.optional(),
});
export type GateSpec = z.infer<typeof gateSpec>;

const gates = z.array(gateSpec).max(10).optional();
export const gateSpecs = z.strictObject({ before: gates, after: gates });
export type GateSpecs = z.infer<typeof gateSpecs>;
