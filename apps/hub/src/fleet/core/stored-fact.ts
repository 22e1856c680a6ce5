import type { z } from 'zod';

/** Facts were checked when they came in; what an older hub wrote and this one can not read counts as absent. */
export function factFrom<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  if (text === null || text === '') return undefined;
  const parsed = schema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
