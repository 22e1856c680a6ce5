import { Module } from '@nestjs/common';
import { parsePolicy } from '@app/contracts/policy/parse';
import { PolicySource, type PolicyVersion } from '../change/policies.port';

class DefaultPolicy implements PolicySource {
  private readonly only: readonly PolicyVersion[];

  constructor() {
    const parsed = parsePolicy({ rollout: 'canary' }, 'default');
    this.only = parsed.ok ? [{ version: 1, policy: parsed.policy }] : [];
  }

  snapshot(): Promise<readonly PolicyVersion[]> {
    return Promise.resolve(this.only);
  }
}

/** The policy that holds until somebody writes one. */
@Module({ providers: [{ provide: PolicySource, useClass: DefaultPolicy }], exports: [PolicySource] })
export class BuiltinPolicies {}
