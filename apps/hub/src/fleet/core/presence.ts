import { z } from 'zod';

/** Whether a cluster's agent has a session, and with which replica. Times are epoch milliseconds on the store's clock. */
export const presence = z.object({
  connection: z.enum(['online', 'offline']),
  session: z.string(),
  /** Rises with every session of the cluster; what an older one writes is refused. */
  sessionEpoch: z.int(),
  /** Hub replica that holds, or held, the connection. */
  replica: z.string(),
  /** Since when `connection` is what it is. */
  since: z.int(),
  lastSeen: z.int(),
});
export type Presence = z.infer<typeof presence>;
