import { MAX_ITEMS_PER_FRAME } from '@app/contracts/wire/envelope';
import type { Permit } from '@app/contracts/wire/hub-messages';
import { Injectable } from '@nestjs/common';
import type { AgentOutbound, OutOfTouch } from './agent.port';
import type { Body } from './hub-frames';
import { SessionDirectory } from './session-directory';
import { SessionTable } from './session-table';

/** Sends to an agent wherever its connection is; another replica is only told to look at the store itself. */
@Injectable()
export class SessionOutbound implements AgentOutbound {
  constructor(
    private readonly sessions: SessionTable,
    private readonly directory: SessionDirectory,
  ) {}

  async permit(cluster: string, permit: Permit): Promise<boolean> {
    const live = this.sessions.get(cluster);
    if (!live) return this.directory.ringOwner(cluster);
    for (const part of inFrames(permit)) live.send('permit', part);
    return true;
  }

  async cancel(cluster: string, message: Body<'cancel'>): Promise<boolean> {
    const live = this.sessions.get(cluster);
    if (!live) return this.directory.ringOwner(cluster);
    live.send('cancel', message);
    return true;
  }

  /** What this replica holds itself needs no look at the store. */
  async outOfTouch(clusters: readonly string[]): Promise<readonly OutOfTouch[]> {
    const others = clusters.filter((cluster) => this.sessions.get(cluster)?.isHeard !== true);
    return others.length === 0 ? [] : this.directory.outOfTouch(others);
  }
}

/** A permit names its restarts by themselves, so parts of it mean the same as the whole. */
function* inFrames(permit: Permit): Iterable<Permit> {
  for (let at = 0; at < permit.restarts.length; at += MAX_ITEMS_PER_FRAME) {
    yield { ...permit, restarts: permit.restarts.slice(at, at + MAX_ITEMS_PER_FRAME) };
  }
}
