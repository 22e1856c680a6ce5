import { Module } from '@nestjs/common';
import { PolicyDirectory } from './policy-directory';
import { PolicyService } from './policy.service';
import { PolicyStore } from './policy.store';

/** The rules by which rollouts go. */
@Module({ providers: [PolicyStore, PolicyService, PolicyDirectory], exports: [PolicyService] })
export class PolicyModule {}
