import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import type { ClusterRecord } from '../../fleet/core/cluster-record';
import { ClusterRegistry } from '../../fleet/registry';
import type { KeyRuleSource } from '../../gateway/agent.port';
import { ignoresKeys, keyRulesFor } from '../../policy/core/key-rules';
import { PolicySource, type PolicyVersion } from '../../policy/policies.port';

type KeyRules = readonly KeyRule[];

const EVERY_KEY: KeyRules = [];
/** Sets of labels that are remembered. */
const MOST_LABELS = 10_000;

/** Which keys of sources count in which cluster, by the policies in force. */
@Injectable()
export class KeyCounting implements KeyRuleSource {
  private readonly byLabels = new Map<string, Readonly<{ policies: readonly PolicyVersion[]; rules: KeyRules }>>();

  constructor(
    private readonly policies: PolicySource,
    private readonly registry: ClusterRegistry,
  ) {}

  /** @throws StoreUnavailable */
  async rulesOf(clusters: readonly string[]): Promise<ReadonlyMap<string, KeyRules>> {
    const policies = await this.policies.snapshot();
    if (!ignoresKeys(policies)) return new Map(clusters.map((name) => [name, EVERY_KEY]));
    const records = await this.registry.many(clusters);
    return new Map(records.map((record) => [record.name, this.rulesFor(record, policies)]));
  }

  /** Policies that change in something else leave the very same list. */
  private rulesFor(record: ClusterRecord, policies: readonly PolicyVersion[]): KeyRules {
    const labels = JSON.stringify(record.labels);
    const known = this.byLabels.get(labels);
    if (known?.policies === policies) return known.rules;
    const made = keyRulesFor(policies, record);
    const rules = known && isDeepStrictEqual(known.rules, made) ? known.rules : made;
    if (this.byLabels.size >= MOST_LABELS) this.byLabels.clear();
    this.byLabels.set(labels, { policies, rules });
    return rules;
  }
}
