import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { parsePolicy } from '@app/contracts/policy/parse';
import type { PolicyProblem, PolicyWarning } from '@app/contracts/policy/problems';
import type { ResolvedPolicy } from '@app/contracts/policy/resolved';
import { located } from '@app/contracts/policy/yaml-text';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { Clock } from '../platform/clock';
import { windowWarnings } from '../windows/core/warnings';
import { BUILTIN_POLICY } from './core/builtin';
import { unknownReceivers } from './core/known-receivers';
import { circleWith } from './core/policy-circle';
import {
  PolicyBuiltin,
  PolicyChanged,
  PolicyContended,
  PolicyInvalid,
  PolicyReadOnly,
  PolicyUnknown,
} from './policy-errors';
import { type PolicyRecord, PolicyStore, type Seen } from './policy.store';

/** A policy in the version that is in force. Version 0 is the built-in one. */
export type VersionedPolicy = Readonly<{
  version: number;
  policy: ResolvedPolicy;
  document: Readonly<Record<string, unknown>>;
  warnings: readonly PolicyWarning[];
  origin: 'builtin' | 'api' | 'file';
  updatedAt: number;
  updatedBy: string;
}>;

type Read = Readonly<{ policy: ResolvedPolicy; warnings: readonly PolicyWarning[] }>;

/** Who writes; `file` is the hub itself, following HUB_POLICY_DIR. */
export type Writer = Readonly<{ name: string; origin: 'api' | 'file' }>;
/** Version that has to be stored; `any`: some has to; `none`: none may; null: no matter. */
export type Expected = number | 'any' | 'none' | null;

/** Of those who write at the same time one gets through at each try. */
const TRIES = 64;

/** The policies of the hub: what is stored, and the built-in one where nothing replaces it. */
@Injectable()
export class PolicyService {
  private cached: Readonly<{ revision: string; policies: readonly VersionedPolicy[] }> | undefined;

  constructor(
    private readonly store: PolicyStore,
    private readonly clock: Clock,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'webhooks' | 'policyDir'>,
  ) {}

  /**
   * Every policy in force, by name. Parsed once per change; asking costs one small read.
   * @throws Error when a stored document can not be read: without knowing all rules nothing new may start.
   */
  async snapshot(): Promise<readonly VersionedPolicy[]> {
    const revision = await this.store.revision();
    if (this.cached?.revision === revision) return this.cached.policies;
    const stored = (await this.store.all()).map(versioned);
    const builtin = stored.some(({ policy }) => policy.name === BUILTIN_POLICY.name) ? [] : [builtinPolicy()];
    const policies = [...stored, ...builtin].sort((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
    // The revision was read first: what was written in between is read again at the next call.
    this.cached = { revision, policies };
    return policies;
  }

  /** @throws PolicyUnknown */
  async get(name: string): Promise<VersionedPolicy> {
    const found = (await this.snapshot()).find(({ policy }) => policy.name === name);
    if (!found) throw new PolicyUnknown(name);
    return found;
  }

  /** Reads a document without storing it. @throws PolicyInvalid */
  async validate(document: unknown, name?: string): Promise<Read> {
    const parsed = parsePolicy(document, name);
    if (!parsed.ok) throw new PolicyInvalid(located(parsed.problems, document));
    refuseFor([...this.strangersOf(parsed.policy), ...(await this.circleOf(parsed.policy))], document);
    return { policy: parsed.policy, warnings: this.warningsOf(parsed) };
  }

  private async circleOf(policy: ResolvedPolicy): Promise<readonly PolicyProblem[]> {
    if (policy.policiesBefore === undefined) return [];
    const others = (await this.snapshot()).map((each) => each.policy);
    return circleWith(policy, others);
  }

  private strangersOf(policy: ResolvedPolicy): readonly PolicyProblem[] {
    return unknownReceivers(policy, [...this.config.webhooks.keys()]);
  }

  /** What deserves a second look in a policy, now: also what only time tells. */
  warningsOf({ policy, warnings }: Pick<VersionedPolicy, 'policy' | 'warnings'>): readonly PolicyWarning[] {
    const strangers = this.strangersOf(policy).map(({ code, detail }) => ({ code, detail }));
    return [...warnings, ...windowWarnings(policy, this.clock.now()), ...strangers];
  }

  /**
   * Stores a document as the next version; storing what is stored already changes nothing.
   * @throws PolicyInvalid, PolicyChanged, PolicyReadOnly, PolicyContended
   */
  async put(name: string, document: unknown, by: Writer, expected: Expected = null): Promise<VersionedPolicy> {
    const { policy } = await this.validate(document, name);
    const fields = document as Record<string, unknown>;
    await this.change(name, by, expected, async (seen) => {
      // Of two policies that would wait for each other, stored at the same time, one is refused.
      refuseFor(await this.circleOf(policy), document);
      const { current } = seen;
      if (current?.origin === by.origin && isDeepStrictEqual(current.document, fields)) return true;
      const next = { name, document: fields, origin: by.origin, updatedAt: this.clock.now(), updatedBy: by.name };
      return this.store.replace(seen, next, policy.policiesBefore !== undefined);
    });
    return this.get(name);
  }

  /** Rollouts under way go on with what they froze. @throws PolicyUnknown, PolicyBuiltin, PolicyChanged, PolicyReadOnly, PolicyContended */
  async delete(name: string, by: Writer, expected: Expected = null): Promise<void> {
    await this.change(name, by, expected, (seen) => {
      if (seen.current) return this.store.remove(name, seen);
      throw name === BUILTIN_POLICY.name ? new PolicyBuiltin(name) : new PolicyUnknown(name);
    });
  }

  private async change(
    name: string,
    by: Writer,
    expected: Expected,
    write: (seen: Seen) => Promise<boolean>,
  ): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const seen = await this.store.look(name);
      // What came from files of a folder that nobody follows any more is like any other.
      if (this.config.policyDir !== null) checkOrigin(name, seen.current, by);
      checkVersion(name, seen.current, expected);
      if (await write(seen)) return;
    }
    throw new PolicyContended(`others keep writing policy ${name}; ask again`);
  }
}

function checkOrigin(name: string, current: PolicyRecord | null, by: Writer): void {
  if (current?.origin === 'file' && by.origin !== 'file') throw new PolicyReadOnly(name);
}

function checkVersion(name: string, current: PolicyRecord | null, expected: Expected): void {
  const stored = current?.version ?? null;
  if (!isExpected(stored, expected)) throw new PolicyChanged(name, stored);
}

function isExpected(stored: number | null, expected: Expected): boolean {
  if (expected === null) return true;
  if (expected === 'none') return stored === null;
  if (expected === 'any') return stored !== null;
  return (stored ?? 0) === expected; // 0 is the built-in policy
}

function versioned({ version, document, name, origin, updatedAt, updatedBy }: PolicyRecord): VersionedPolicy {
  const parsed = parsePolicy(document, name);
  if (!parsed.ok)
    throw new Error(`policy ${name} as it is stored can not be read: ${parsed.problems[0]?.detail ?? ''}`);
  return { version, policy: parsed.policy, document, warnings: parsed.warnings, origin, updatedAt, updatedBy };
}

function builtinPolicy(): VersionedPolicy {
  const { name, document } = BUILTIN_POLICY;
  const parsed = parsePolicy(document, name);
  if (!parsed.ok) throw new Error('the built-in policy can not be read');
  return {
    version: 0,
    policy: parsed.policy,
    document,
    warnings: parsed.warnings,
    origin: 'builtin',
    updatedAt: 0,
    updatedBy: 'hub',
  };
}

function refuseFor(problems: readonly PolicyProblem[], document: unknown): void {
  if (problems.length > 0) throw new PolicyInvalid(located(problems, document));
}
