import { Injectable } from '@nestjs/common';
import type { AgentSession } from './agent.port';
import type { Body, HubWord } from './hub-frames';

/** A connection as others in this process see it. */
export interface LiveSession {
  readonly session: AgentSession;
  /** The hub's view of the cluster is as the agent's. */
  readonly isHeard: boolean;
  send<T extends HubWord>(t: T, body: Body<T>): void;
  close(code: number, reason: string): void;
}

/** The sessions that this replica holds, one per cluster. */
@Injectable()
export class SessionTable {
  private readonly sessions = new Map<string, LiveSession>();

  get(cluster: string): LiveSession | undefined {
    return this.sessions.get(cluster);
  }

  all(): readonly LiveSession[] {
    return [...this.sessions.values()];
  }

  /**
   * The newer session of a cluster stays, whichever arrives here first.
   * @returns the one that has to go: an older one, or `candidate` itself.
   */
  put(candidate: LiveSession): LiveSession | undefined {
    const { cluster, sessionEpoch } = candidate.session;
    const present = this.sessions.get(cluster);
    if (present && present.session.sessionEpoch > sessionEpoch) return candidate;
    this.sessions.set(cluster, candidate);
    return present;
  }

  /** Forgets this very session; a newer one of the cluster stays. */
  remove({ session }: LiveSession): void {
    if (this.sessions.get(session.cluster)?.session.session === session.session) this.sessions.delete(session.cluster);
  }
}
