import { Injectable } from '@nestjs/common';
import { objectKey } from '@app/contracts/objects';
import type { Report } from '@app/contracts/wire/agent-messages';
import type { SourceInCluster } from '../../fleet/core/candidates';
import type { Applied } from '../../fleet/inventory.store';
import type { AgentSession } from '../../gateway/agent.port';
import type { PolicyVersion } from '../../policy/policies.port';
import type { Creation } from '../../rollout/rollout.store';
import { ChangeStores } from '../judging/change-stores';
import { decideChange } from '../judging/core/decide';
import { onceStored, singleCause } from './core/single-cause';
import { RolloutStarter } from '../starting/rollout-starter';
import { type Change, type Sight, startsAtOnce, SwiftLook } from './swift-look';
import { SwiftStore } from './swift.store';

/** A source for which this was of no use is left to the long way for so long, in ms. */
const LEAVE_MS = 10_000;
const MOST_REMEMBERED = 1000;
/** Counting changes is a write: it is left until the permit is out and the restart is likely to be under way. */
const COUNTED_AFTER_MS = 50;

/** What was last found out about a source: the policy that owned it, and until when it is left to the long way. */
type Memory = Readonly<{ owner: PolicyVersion | null; leaveUntil: number }>;
type Found = Readonly<{ owner: PolicyVersion; creation: Creation; expects: readonly string[] }>;
type Policies = Promise<readonly PolicyVersion[]>;

/**
 * The short way from a frame of facts to a rollout, for the plainest case: one cluster is the first to tell of one source's
 * change, and nothing is gathered. What the frame will make of the stored facts is worked out ahead, so that both are stored
 * in one write; the disk is waited for once. Whatever is not as plain, or not as expected, goes the long way.
 */
@Injectable()
export class SwiftStart {
  private readonly memory = new Map<string, Memory>();
  private readonly underWay = new Set<string>();
  private lastPolicies: readonly PolicyVersion[] = [];

  constructor(
    private readonly stores: ChangeStores,
    private readonly look: SwiftLook,
    private readonly swift: SwiftStore,
    private readonly starter: RolloutStarter,
  ) {}

  /**
   * @param policies those of this moment.
   * @returns undefined at once when it is not tried. Else what became of the report: undefined when nothing is stored yet.
   */
  report(session: AgentSession, report: Report, policies: Policies): Promise<Applied | undefined> | undefined {
    void policies.then((known) => (this.lastPolicies = known)).catch(() => undefined);
    if (!this.lastPolicies.some(startsAtOnce)) return undefined;
    const cause = singleCause(report);
    if (!cause || !this.mayTry(cause.key)) return undefined;
    this.underWay.add(cause.key);
    const change = { ...cause, cluster: session.cluster, at: this.look.ports.clock.now() };
    return this.attempt(session, report, change, policies).finally(() => this.underWay.delete(cause.key));
  }

  /** Where a rollout carries the source already, or is about to, others only join it. */
  private mayTry(source: string): boolean {
    const left = this.memory.get(source)?.leaveUntil ?? 0;
    return left <= performance.now() && !this.underWay.has(source) && !this.stores.rollouts.carries(source);
  }

  private async attempt(
    session: AgentSession,
    report: Report,
    change: Change,
    policies: Policies,
  ): Promise<Applied | undefined> {
    // Whatever fails here fails on the long way, too, and is told there.
    const found = await this.workOut(change, policies).catch(() => undefined);
    const begun = found && { owner: found.owner, ...(await this.swift.write({ session, report, ...found })) };
    if (begun?.type !== 'begun') {
      this.leave(change.key);
      return begun?.applied;
    }
    const { metrics } = this.look.ports;
    metrics.changesObserved();
    metrics.rolloutsStarted('change');
    void this.starter.run(begun.moves);
    setTimeout(() => this.note(change, begun.owner), COUNTED_AFTER_MS).unref();
    return NOTHING_LEFT;
  }

  /** Counted once it is under way: what comes after too many is left alone. */
  private note({ key, cluster, fact }: Change, owner: PolicyVersion): void {
    const seen = { cluster, revision: fact?.revision ?? '' };
    this.stores.gathering.superseding.flap.isLeftAlone(owner.policy, key, seen).catch(() => undefined);
  }

  private async workOut(change: Change, policies: Policies): Promise<Found | undefined> {
    const { source, key, at } = change;
    const sight = await this.look.at(change, policies, this.memory.get(key)?.owner ?? null);
    if (!sight) return undefined;
    const { owner, here, pending, fleet, clock } = sight;
    this.remember(key, { owner, leaveUntil: 0 });
    const row = onceStored(change, here, pending);
    if (!row) return undefined;
    const decision = decideChange({ isGroup: false, concerns: [{ source, clusters: [row] }] }, null);
    if (decision.type !== 'start' || (await this.isAnyAway(sight))) return undefined;
    const origin = { trigger: 'change', by: null } as const;
    const start = { policy: owner, cause: { source }, clusters: decision.clusters, replaces: null, origin, at };
    const creation = this.starter.begin(start, { fleet, clock });
    return creation && { owner, creation, expects: freshIn(row, key) };
  }

  private async isAnyAway({ users, here }: Sight): Promise<boolean> {
    const silent = users.filter((cluster) => cluster !== here.cluster);
    // Those may be about to tell of the same change, or are planned as absent: both is more than the short way knows of.
    return (await this.stores.gathering.subjects.absent.among(silent)).length > 0;
  }

  private leave(source: string): void {
    const owner = this.memory.get(source)?.owner ?? null;
    this.remember(source, { owner, leaveUntil: performance.now() + LEAVE_MS });
  }

  private remember(source: string, known: Memory): void {
    if (this.memory.size >= MOST_REMEMBERED) this.memory.clear();
    this.memory.set(source, known);
  }
}

/** Everything that was told is in a rollout. */
const NOTHING_LEFT: Applied = { registration: null, triggers: [], reminder: null };

/** What the store is going to find that no rollout has taken in. */
const freshIn = ({ workloads }: SourceInCluster, source: string): string[] =>
  workloads.filter(({ settled }) => settled === null).map(({ fact }) => `${objectKey(fact)}|${source}`);
