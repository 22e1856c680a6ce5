import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Report } from '@app/contracts/wire/agent-messages';
import { type Applied, InventoryStore } from '../../fleet/inventory.store';
import type { AgentSession } from '../../gateway/agent.port';
import { StateRedis } from '../../platform/redis';
import { type Creation, type Move, RolloutStore } from '../../rollout/rollout.store';
import { SWIFT } from './swift.script';

/** A rollout and the facts that it was decided on. */
export type Beginning = Readonly<{
  session: AgentSession;
  report: Report;
  creation: Creation;
  /** `<workload>|<source>` of everything that the facts make pending and no rollout has taken in. */
  expects: readonly string[];
}>;

/** `begun`: both were stored. `applied`: the facts alone, for something had come in between. */
export type Begun = Readonly<{ type: 'begun'; moves: readonly Move[] } | { type: 'applied'; applied: Applied }>;

/** Stores facts and the rollout that follows from them with one wait for the disk. */
@Injectable()
export class SwiftStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly inventory: InventoryStore,
    private readonly rollouts: RolloutStore,
  ) {}

  /** A repeat is harmless. @throws SessionFenced when a newer session of the cluster has written. */
  async write({ session, report, creation, expects }: Beginning): Promise<Begun> {
    const { keys, args } = this.inventory.callFor(session, report, report.inventoryDigest);
    const writing = this.rollouts.writing(creation, { expects });
    const reply = z.array(z.string()).parse(await this.redis.run(SWIFT, keys, [...args, writing.text]));
    const moves = reply[0] === 'STORED' ? this.rollouts.written(writing, reply[1]) : null;
    return moves ? { type: 'begun', moves } : { type: 'applied', applied: this.inventory.appliedFrom(session, reply) };
  }
}
