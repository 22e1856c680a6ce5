import { z } from 'zod';
import { dnsLabel, sourceRef } from '../objects';

const time = z.iso.datetime();

/** What a hold stops: exactly one of these. */
export const HOLD_SCOPES = ['all', 'policy', 'clusters', 'namespace', 'source'] as const;

/** `clusters` is a label selector; `namespace` is that of the sources whose changes are held. */
export const holdScope = z
  .strictObject({
    all: z.literal(true).optional(),
    policy: dnsLabel.optional(),
    clusters: z.string().min(1).max(1024).optional(),
    namespace: dnsLabel.optional(),
    source: sourceRef.optional(),
  })
  .refine((scope) => HOLD_SCOPES.filter((key) => scope[key] !== undefined).length === 1, {
    message: `must say what is held by exactly one of ${HOLD_SCOPES.join(', ')}; all of the fleet is {"all": true}`,
  });
export type HoldScope = z.infer<typeof holdScope>;

/** Stops the line: while it stands, nothing new starts in its scope. What is in flight finishes. */
export const holdView = z.object({
  id: z.string(),
  scope: holdScope,
  /** Who set it. */
  owner: z.string(),
  reason: z.string(),
  createdAt: time,
  /** null: until somebody takes it away. */
  expiresAt: time.nullable(),
});
export type HoldView = z.infer<typeof holdView>;

export const HOLDS_KIND = 'FleetHolds';

/** What was held, as a backup has it: no cluster could tell it again. */
export const holdsBackup = z.strictObject({
  apiVersion: z.literal('fleet-reloader.io/v1'),
  kind: z.literal(HOLDS_KIND),
  holds: z.array(holdView.pick({ scope: true, owner: true, reason: true, expiresAt: true }).strict()).max(10_000),
});
export type HoldsBackup = z.infer<typeof holdsBackup>;
