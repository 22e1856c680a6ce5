import { getHeapStatistics } from 'node:v8';
import { snapshotRoom } from './core/snapshot-size';

/** Times in milliseconds unless the name says seconds. */
export type GatewaySettings = Readonly<{
  /** The agent sends a heartbeat so often; without a byte for `DEAD_AFTER_BEATS` of them the connection is dropped. */
  heartbeatSeconds: number;
  /** After the upgrade the agent has so long to say hello. */
  helloWithinMs: number;
  /** Most frames that an agent may have unacknowledged. */
  credits: number;
  /** Most bytes of one snapshot; an agent that sends more is shown out. */
  snapshotBytes: number;
  /** How often revocations are looked for; a rung doorbell looks at once. */
  credentialsEveryMs: number;
  /** How often `lastSeen` is written, in one batch. */
  presenceEveryMs: number;
  /** How often sessions are looked for whose replica died without a word. */
  orphansEveryMs: number;
}>;

export const GATEWAY_SETTINGS = Symbol('GatewaySettings');

export const DEFAULT_GATEWAY_SETTINGS: GatewaySettings = {
  heartbeatSeconds: 25,
  helloWithinMs: 5_000,
  credits: 64,
  snapshotBytes: snapshotRoom(getHeapStatistics().heap_size_limit),
  credentialsEveryMs: 2_000,
  presenceEveryMs: 10_000,
  orphansEveryMs: 30_000,
};
