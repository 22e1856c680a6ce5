import type { Report, Result } from '@app/contracts/wire/agent-messages';
import type { permitAck, progress } from '@app/contracts/wire/agent-messages';
import type { SourceFact, WorkloadFact } from '@app/contracts/wire/facts';
import type { cancel, KeyRule, Permit } from '@app/contracts/wire/hub-messages';
import type { z } from 'zod';

/** An authenticated connection. Its cluster comes from the signature on the upgrade, never from a message. */
export type AgentSession = Readonly<{ cluster: string; session: string; sessionEpoch: number }>;

export type Snapshot = Readonly<{
  sources: readonly SourceFact[];
  workloads: readonly WorkloadFact[];
  inventoryDigest: string;
}>;

/**
 * What the hub does with an agent's messages. Each promise settles when the effect is durable: only then is the
 * frame acknowledged. A rejection means that nothing is known to be stored and the agent sends again.
 */
export interface AgentInbound {
  /** A session is up: work that waits for this cluster may go on, and open permits are sent again. */
  connected(session: AgentSession): Promise<void>;
  /** Another replica could not reach this session: what is open for its cluster is sent again from here. */
  resend(session: AgentSession): Promise<void>;
  /** The session ended; called once, and only while no newer session of the cluster exists. */
  disconnected(session: AgentSession): Promise<void>;
  /** Digest of the inventory that the hub holds for the cluster; empty when it holds none. */
  inventoryDigest(cluster: string): Promise<string>;
  /** Cancelled rollouts whose permits may still be under way to this cluster. */
  revoked(cluster: string): Promise<readonly z.infer<typeof cancel>[]>;
  report(session: AgentSession, report: Report): Promise<void>;
  snapshot(session: AgentSession, snapshot: Snapshot): Promise<void>;
  permitAck(session: AgentSession, ack: z.infer<typeof permitAck>): Promise<void>;
  progress(session: AgentSession, message: z.infer<typeof progress>): Promise<void>;
  result(session: AgentSession, result: Result): Promise<void>;
}
export const AGENT_INBOUND = Symbol('AgentInbound');

/** Which keys of sources count in which cluster. */
export interface KeyRuleSource {
  /** A cluster that is not known is left out. As long as nothing changes, the rules of one are the very same list. */
  rulesOf(clusters: readonly string[]): Promise<ReadonlyMap<string, readonly KeyRule[]>>;
}
export const KEY_RULE_SOURCE = Symbol('KeyRuleSource');

/** A cluster without a session in which its agent has told where it stands; since when, epoch ms on the store's clock. */
export type OutOfTouch = Readonly<{ cluster: string; since: number }>;

/** Sends to the replica that holds the cluster's session. `false`: no session now; the next `connected` sends again. */
export interface AgentOutbound {
  permit(cluster: string, permit: Permit): Promise<boolean>;
  cancel(cluster: string, message: z.infer<typeof cancel>): Promise<boolean>;
  /** Of these clusters, those whose agents can not be heard now. After a hub's start nobody is out of touch for longer than it runs. */
  outOfTouch(clusters: readonly string[]): Promise<readonly OutOfTouch[]>;
}
export const AGENT_OUTBOUND = Symbol('AgentOutbound');
