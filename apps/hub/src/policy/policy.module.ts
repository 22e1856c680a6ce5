import { Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit.log';
import { PolicyDirectory } from './policy-directory';
import { PolicyService } from './policy.service';
import { PolicyStore } from './policy.store';

/** The rules by which rollouts go. */
@Module({
  providers: [PolicyStore, PolicyService, PolicyDirectory, AuditLog],
  exports: [PolicyService, PolicyDirectory],
})
export class PolicyModule {}
