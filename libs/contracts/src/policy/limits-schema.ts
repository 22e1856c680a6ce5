import { z } from 'zod';
import { interval } from './durations';
import { parseRate } from './rate';

const rate = z.strictObject({
  rate: z
    .string()
    .refine((text) => parseRate(text) !== undefined, 'must be a rate above 0 such as 10/s, 60/m or 100/h')
    .meta({ pattern: '^[1-9][0-9]{0,8}/[smh]$', description: 'a rate above 0 such as 10/s, 60/m or 100/h' }),
  burst: z.int().min(1).max(1_000_000).optional(),
});

const slots = z.int().min(1).max(1_000_000);

/** How often, and how many at a time, workloads may be restarted. 0 would mean that nothing may ever start. */
export const limitsSpec = z.strictObject({
  restarts: z
    .strictObject({
      global: rate.optional(),
      cluster: rate.optional(),
      namespace: rate.optional(),
      workload: z.strictObject({ minInterval: interval }).optional(),
    })
    .optional(),
  concurrency: z
    .strictObject({
      clusters: slots.optional(),
      workloadsPerCluster: slots.optional(),
      podsPerCluster: slots.optional(),
    })
    .optional(),
});
export type LimitsSpec = z.infer<typeof limitsSpec>;
