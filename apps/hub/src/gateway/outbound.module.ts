import { Module } from '@nestjs/common';
import { RegistryModule } from '../fleet/registry.module';
import { AGENT_OUTBOUND } from './agent.port';
import { SessionOutbound } from './agent-outbound';
import { Doorbell } from './doorbell';
import { SessionDirectory } from './session-directory';
import { SessionTable } from './session-table';

/** The way to the agents. Stands apart from the gateway, which depends on those who send. */
@Module({
  imports: [RegistryModule],
  providers: [
    SessionTable,
    Doorbell,
    SessionDirectory,
    SessionOutbound,
    { provide: AGENT_OUTBOUND, useExisting: SessionOutbound },
  ],
  exports: [SessionTable, SessionDirectory, AGENT_OUTBOUND],
})
export class OutboundModule {}
