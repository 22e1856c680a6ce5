import { z } from 'zod';
import { parseDuration } from '@app/contracts/policy/amounts';
import { parseSelector, SelectorError } from '@app/contracts/selector';

/** First part of every path of the API. */
export const API = 'api/v1';

/** Why a person does something; shown on what it changed and in the audit log. */
export const reason = z.string().trim().max(1024);

/** A label selector in a body or query; its text is checked and kept. */
export const selectorText = z
  .string()
  .max(1024)
  .superRefine((text, context) => {
    try {
      parseSelector(text);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });

/** Text such as `90m` or `30d`. */
export const durationText = z
  .string()
  .max(32)
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'must be a duration such as 90m, 12h or 30d, at most 366 days');

/** As many come at once, whoever asks for more: `nextCursor` leads to the others. */
const MOST_AT_ONCE = 500;

/** What every list takes. */
export const listQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number above 0')
    .transform((text) => Math.min(Number(text), MOST_AT_ONCE))
    .default(100),
  cursor: z.string().min(1).max(700).optional(),
};

/** The page that a list was asked for. */
export const pageRequest = (query: {
  limit: number;
  cursor?: string | undefined;
}): { limit: number; after: string | null } => ({
  limit: query.limit,
  after: query.cursor ?? null,
});
