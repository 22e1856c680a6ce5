import { z } from 'zod';

/**
 * A body without the fields that say null where they may as well be left out: what the API shows as null, such as the
 * `expiresAt` of a hold that never ends, may be sent as null. Other nulls stay, to be refused.
 */
export function withoutUnsaid(schema: z.core.$ZodType, body: unknown): unknown {
  const shape = shapeOf(schema);
  if (shape === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const isUnsaid = ([name, value]: [string, unknown]): boolean => {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return value === null && field !== undefined && !takes(field, null) && takes(field, undefined);
  };
  return Object.fromEntries(Object.entries(body).filter((entry) => !isUnsaid(entry)));
}

function shapeOf(schema: z.core.$ZodType): z.core.$ZodShape | undefined {
  if (schema instanceof z.ZodDefault) return shapeOf(schema.unwrap());
  return schema instanceof z.ZodObject ? schema.shape : undefined;
}

const takes = (schema: z.core.$ZodType, value: unknown): boolean => z.safeParse(schema, value).success;
