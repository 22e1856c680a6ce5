import { Injectable } from '@nestjs/common';
import type { SourceRef } from '@app/contracts/objects';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { urgencyOf } from '@app/contracts/policy/urgency';
import { Keys } from '../platform/keys';
import { StateRedis, StoreUnavailable } from '../platform/redis';
import { type GuardedPart, guardrailsOf } from '../policy/core/guardrails';
import { PolicySource } from '../policy/policies.port';
import { unreadable, type WindowHere, windowsIn, zoneOf } from '../windows/core/windows-here';
import { matchedSources } from './matched-sources';

/** The policies of this moment, or why they are not known. */
export type PoliciesNow = Readonly<{ policies: readonly ResolvedPolicy[]; problem: string | null }>;
/** What a rollout was started by: the policy as it was then, whose urgency it has, and sources; none: a person named the workloads. */
export type Guarded = Readonly<{ spec: ResolvedPolicy; sources: readonly SourceRef[] }>;
/** As `GuardedPart`, but for the sources' labels, which are looked up when a policy asks for them. */
export type Part = Omit<GuardedPart, 'sources'>;

type Windows = readonly WindowHere[];

/** The windows that each cluster's part in a rollout has to keep, from the policies as they are now. */
@Injectable()
export class LiveWindows {
  /**
   * Equal windows are one array for as long as the policies stay as they are: what is found out about an array is
   * remembered with it.
   */
  private readonly made = new WeakMap<PoliciesNow['policies'], WeakMap<ResolvedPolicy, Map<string, Windows>>>();
  private readonly resolved = new WeakMap<object, readonly ResolvedPolicy[]>();

  constructor(
    private readonly source: PolicySource,
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** Reads the policies. Where they can not be read nothing new starts, and what is under way is still followed. */
  async policies(): Promise<PoliciesNow> {
    try {
      const snapshot = await this.source.snapshot();
      const known = this.resolved.get(snapshot) ?? snapshot.map(({ policy }) => policy);
      this.resolved.set(snapshot, known);
      return { policies: known, problem: null };
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      return { policies: [], problem: error instanceof Error ? error.message : String(error) };
    }
  }

  /** For each part, in their order. */
  async of(guarded: Guarded, parts: readonly Part[], now: PoliciesNow): Promise<Windows[]> {
    const { spec, sources: refs } = guarded;
    const { problem, policies } = now;
    if (problem !== null) return parts.map(() => unreadable(spec.name, problem));
    const guarding = policies.filter(({ windows }) => windows.length > 0);
    if (guarding.length === 0 && policies.some(({ name }) => name === spec.name)) return parts.map(() => NONE);
    const clusters = parts.map(({ cluster }) => cluster.name);
    const sources = await matchedSources(this.redis, this.keys, refs, { clusters, policies: guarding });
    return parts.map((part, n) => this.windows(policies, spec, { ...part, sources: sources[n] ?? [] }));
  }

  private windows(policies: readonly ResolvedPolicy[], frozen: ResolvedPolicy, part: GuardedPart): Windows {
    const guardrails = guardrailsOf(policies, frozen, part).filter(({ windows }) => windows.length > 0);
    const [first] = guardrails;
    if (first === undefined) return NONE;
    const bySnapshot = this.made.get(policies) ?? new WeakMap<ResolvedPolicy, Map<string, Windows>>();
    this.made.set(policies, bySnapshot);
    const byZone = bySnapshot.get(first) ?? new Map<string, Windows>();
    bySnapshot.set(first, byZone);
    const urgency = urgencyOf(frozen);
    const key = [urgency, zoneOf(part.cluster.labels), ...guardrails.map(({ name }) => name)].join(' ');
    const found = byZone.get(key) ?? windowsIn(guardrails, part.cluster.labels, urgency);
    byZone.set(key, found);
    return found;
  }
}

const NONE: Windows = [];
