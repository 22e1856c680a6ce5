import { Global, Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit.log';
import { RetentionService } from '../audit/retention.service';
import { AccessGuard } from './access.guard';
import { FirstToken } from './first-token';
import { ScopeService } from './scope.service';
import { TokenStore } from './token.store';
import { TokensService } from './tokens.service';
import { RegistryModule } from '../fleet/registry.module';

/** Who may do what, and the record of who did. Needs the platform, the cluster registry and the configuration. */
@Global()
@Module({
  imports: [RegistryModule],
  providers: [TokenStore, TokensService, FirstToken, ScopeService, AccessGuard, AuditLog, RetentionService],
  exports: [TokensService, ScopeService, AccessGuard, AuditLog],
})
export class AccessModule {}
