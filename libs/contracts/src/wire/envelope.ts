import { z } from 'zod';

/**
 * The protocol versions that this build speaks. 2: facts may carry what annotations ask for, heartbeats warnings. 3: the
 * hub tells which keys of sources count.
 */
export const PROTOCOL = { min: 1, max: 3 } as const;
/** Versions before this one know nothing of keys that do not count. */
export const KEY_RULES_SINCE = 3;
/** Either side takes a connection for dead after this many heartbeats without any byte: half-open ones never say so. */
export const DEAD_AFTER_BEATS = 2.5;
/** Largest frame either side accepts, in bytes. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** Most objects in one report or snapshot frame; keeps a frame under half of MAX_FRAME_BYTES. */
export const MAX_ITEMS_PER_FRAME = 200;

export const messageId = z.string().min(1).max(64);
/** Names one restart of one attempt: `<rollout>.<attempt>.<Kind/namespace/name>`. The same restart asked for again has the same id. */
export const permitId = z.string().min(1).max(512);

/**
 * The frame around every message in both directions.
 * `seq` counts from 1 per session and direction; a gap means a lost frame. `ts` informs people; the agent
 * learns the hub's time from it and nothing else is decided by it. An agent's frame names no cluster: the session does.
 */
export const envelope = <T extends string, B extends z.ZodType>(t: T, body: B) =>
  z.strictObject({
    v: z.literal(1),
    t: z.literal(t),
    id: messageId,
    seq: z.int().min(1),
    ts: z.iso.datetime(),
    re: messageId.optional(),
    body,
  });

/** Text written for a person: bounded, without control characters. */
export const sentence = z
  .string()
  .max(1024)
  .transform((text) => text.replace(/[\u0000-\u001f\u007f]+/g, ' '));

/** WebSocket close codes that the hub uses, and what the agent does on each. */
export const CLOSE = {
  /** Hub restarts: reconnect inside the window it gave. */
  restart: 1012,
  /** Hub is busy: back off. */
  tryLater: 1013,
  /** Not allowed: credentials, approval or a message that no honest agent sends. */
  policy: 1008,
  /** Frame over MAX_FRAME_BYTES. */
  tooBig: 1009,
  /** Not UTF-8. */
  invalidText: 1007,
  /** A newer session of the same cluster took over. */
  replaced: 4001,
} as const;
