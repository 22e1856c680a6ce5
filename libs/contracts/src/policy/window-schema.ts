import { z } from 'zod';
import { dnsLabel } from '../objects';
import { durationThat } from './durations';
import { parseRecurrence } from './recurrence';
import { CLUSTER_ZONE, zoneProblem } from './time-zones';
import { URGENCIES } from './urgency';
import { parseMinute, parseWallTime } from './wall-clock';

const DAY_MS = 86_400_000;
/** A recurring window is open for less than this, so that one occurrence meets the next but not the one after. */
const LONGEST_MS = 7 * DAY_MS;

const recurrence = z.string().superRefine((text, context) => {
  const read = parseRecurrence(text);
  if (!read.ok) context.addIssue({ code: 'custom', message: read.detail });
});

const zone = z.string().superRefine((name, context) => {
  const problem = name === CLUSTER_ZONE ? null : zoneProblem(name);
  if (problem !== null) context.addIssue({ code: 'custom', message: `"${name}" ${problem}` });
});

const minute = z.string().refine((text) => parseMinute(text) !== undefined, 'must be a time of day such as 22:00');

const wallTime = z
  .string()
  .refine(
    (text) => parseWallTime(text) !== undefined,
    'must be a date and time such as 2026-12-18T00:00, without an offset: timezone says whose clock it is',
  );

const openFor = durationThat('a duration such as 8h, more than 0 and at most 7d', (ms) => ms > 0 && ms <= LONGEST_MS);
const remaining = durationThat('a duration such as 20m, at most 7d', (ms) => ms <= LONGEST_MS);

/** One entry of `windows`, as a policy document has it. How its parts go together is checked by `windowProblems`. */
export const windowSpec = z.strictObject({
  name: dnsLabel,
  kind: z.enum(['allow', 'deny']),
  appliesTo: z.array(z.enum(URGENCIES)).min(1).max(URGENCIES.length).optional(),
  rrule: recurrence.optional(),
  start: minute.optional(),
  end: minute.optional(),
  duration: openFor.optional(),
  from: wallTime.optional(),
  to: wallTime.optional(),
  timezone: zone,
  overrun: z.enum(['finishInFlight', 'stopAtEnd']).optional(),
  minRemaining: remaining.optional(),
});
export type WindowSpec = z.infer<typeof windowSpec>;
