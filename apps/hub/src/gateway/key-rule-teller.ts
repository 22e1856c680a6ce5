import { KEY_RULES_SINCE, MAX_FRAME_BYTES } from '@app/contracts/wire/envelope';
import type { KeyRule } from '@app/contracts/wire/hub-messages';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { AgentConnection } from './agent-connection';
import { KEY_RULE_SOURCE, type KeyRuleSource } from './agent.port';

/** What the envelope around them may take. */
const MOST_BYTES = MAX_FRAME_BYTES - 1024;

/** Keeps agents told which keys of sources count. */
@Injectable()
export class KeyRuleTeller {
  private readonly logger = new Logger(KeyRuleTeller.name);

  constructor(@Inject(KEY_RULE_SOURCE) private readonly source: KeyRuleSource) {}

  /** Tells those of them for whom it is news. Rejects when the store is away; a sweep tells them then. */
  async tell(connections: Iterable<AgentConnection>): Promise<void> {
    const able = [...connections].filter(({ hasSession, proto }) => hasSession && proto >= KEY_RULES_SINCE);
    if (able.length === 0) return;
    const byCluster = await this.source.rulesOf(able.map(({ record }) => record.name));
    for (const connection of able) {
      const rules = byCluster.get(connection.record.name);
      if (rules) this.tellOne(connection, rules);
    }
  }

  private tellOne(connection: AgentConnection, rules: readonly KeyRule[]): void {
    if (connection.keyRules === rules) return;
    connection.keyRules = rules;
    const bytes = Buffer.byteLength(JSON.stringify(rules));
    if (bytes > MOST_BYTES) this.tooMany(connection.record.name, bytes);
    connection.send('keyRules', { rules: bytes > MOST_BYTES ? [] : [...rules] });
  }

  /** Every key counts then: something may restart that need not, and nothing is missed. */
  private tooMany(cluster: string, bytes: number): void {
    this.logger.warn({
      msg: 'the policies that match a cluster are more than can be told to its agent: it counts every key, whatever ignoreKeys says',
      cluster,
      bytes,
    });
  }
}
