import { Injectable } from '@nestjs/common';
import type { ResolvedLimits } from '@app/contracts/policy/limits';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { type KnownRates, knownRates, type LimitsHere, limitsFor } from '../limits/core/limits-here';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { guardrailsOf } from '../policy/core/guardrails';
import type { Guarded, Part, PoliciesNow } from './live-windows';
import { matchedSources } from './matched-sources';

/** What was made of one snapshot of the policies, by the names of those that guard. */
type Made = Readonly<{ known: KnownRates; byNames: Map<string, LimitsHere> }>;

/** The limits that each cluster's part in a rollout has to keep, from the policies as they are now. */
@Injectable()
export class LiveLimits {
  private readonly made = new WeakMap<PoliciesNow['policies'], Made>();

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** For each part, in their order; equal ones are one object. */
  async of({ spec, sources: refs }: Guarded, parts: readonly Part[], now: PoliciesNow): Promise<LimitsHere[]> {
    const { policies } = now;
    const clusters = parts.map(({ cluster }) => cluster.name);
    const asked = { clusters, policies: policies.filter(saysSomething) };
    const sources = await matchedSources(this.redis, this.keys, refs, asked);
    return parts.map((part, n) => {
      const guarding = guardrailsOf(policies, spec, { ...part, sources: sources[n] ?? [] });
      return this.limits(policies, guarding.filter(saysSomething));
    });
  }

  private limits(policies: PoliciesNow['policies'], guarding: readonly ResolvedPolicy[]): LimitsHere {
    const made = this.made.get(policies) ?? { known: knownRates(policies), byNames: new Map<string, LimitsHere>() };
    this.made.set(policies, made);
    // One that was deleted guards as its rollouts froze it: not every rollout as another did.
    const isStored = guarding.every((policy) => policies.includes(policy));
    const names = guarding.map(({ name }) => name).join(' ');
    const limits = (isStored ? made.byNames.get(names) : undefined) ?? limitsFor(guarding, made.known);
    if (isStored) made.byNames.set(names, limits);
    return limits;
  }
}

const saysSomething = ({ limits }: ResolvedPolicy): boolean =>
  limits !== undefined && Object.values(limits satisfies ResolvedLimits).some((value) => value !== null);
