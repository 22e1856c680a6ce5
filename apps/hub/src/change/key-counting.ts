import { Injectable } from '@nestjs/common';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import { ClusterRegistry } from '../fleet/registry';
import type { KeyRuleSource } from '../gateway/agent.port';
import { ignoresKeys, keyRulesFor } from '../policy/core/key-rules';
import { PolicySource, type PolicyVersion } from '../policy/policies.port';

type KeyRules = readonly KeyRule[];

const EVERY_KEY: KeyRules = [];

/** Which keys of sources count in which cluster, by the policies in force. */
@Injectable()
export class KeyCounting implements KeyRuleSource {
  /** By the labels of a cluster; good for as long as the policies are these. */
  private made: Readonly<{ policies: readonly PolicyVersion[]; byLabels: Map<string, KeyRules> }> | undefined;

  constructor(
    private readonly policies: PolicySource,
    private readonly registry: ClusterRegistry,
  ) {}

  /** @throws StoreUnavailable */
  async rulesOf(clusters: readonly string[]): Promise<ReadonlyMap<string, KeyRules>> {
    const policies = await this.policies.snapshot();
    if (!ignoresKeys(policies)) return new Map(clusters.map((name) => [name, EVERY_KEY]));
    if (this.made?.policies !== policies) this.made = { policies, byLabels: new Map() };
    const { byLabels } = this.made;
    const records = await this.registry.many(clusters);
    return new Map(
      records.map((record) => {
        const labels = JSON.stringify(record.labels);
        const rules = byLabels.get(labels) ?? keyRulesFor(policies, record);
        byLabels.set(labels, rules);
        return [record.name, rules];
      }),
    );
  }
}
