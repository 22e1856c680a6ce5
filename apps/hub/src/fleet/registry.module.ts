import { Global, Module } from '@nestjs/common';
import { ClusterWarnings } from './cluster-warnings';
import { Enrolment } from './enrolment.service';
import { EnrolmentTokens } from './enrolment-tokens';
import { IdentitiesService } from './identities.service';
import { ClusterRegistry } from './registry';
import { PresenceStore } from './registry-presence';

/** Who belongs to the fleet, how clusters join, and which of them are connected. */
@Global()
@Module({
  providers: [ClusterRegistry, EnrolmentTokens, Enrolment, PresenceStore, IdentitiesService, ClusterWarnings],
  exports: [ClusterRegistry, EnrolmentTokens, Enrolment, PresenceStore, IdentitiesService, ClusterWarnings],
})
export class RegistryModule {}
