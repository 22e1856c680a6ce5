import { Module } from '@nestjs/common';
import { PolicyModule } from '../policy/policy.module';
import { PolicyService } from '../policy/policy.service';
import { PolicySource } from './policies.port';

/** Changes go by the policies of the store. */
@Module({
  imports: [PolicyModule],
  providers: [{ provide: PolicySource, useExisting: PolicyService }],
  exports: [PolicySource, PolicyModule],
})
export class StoredPolicies {}
