import { Module } from '@nestjs/common';
import { PolicyModule } from './policy.module';
import { PolicyService } from './policy.service';
import { PolicySource } from './policies.port';

/** The policies in force are those of the store. */
@Module({
  imports: [PolicyModule],
  providers: [{ provide: PolicySource, useExisting: PolicyService }],
  exports: [PolicySource, PolicyModule],
})
export class StoredPolicies {}
