import { Body, Controller, Get, Put } from '@nestjs/common';
import {
  identities,
  type Identities,
  type RestoredIdentities,
  restoredIdentities,
} from '@app/contracts/api/identities';
import { IdentitiesService } from '../fleet/identities.service';
import { Operation } from './operation.decorator';
import { API } from './schemas';

const rule = { role: 'admin', resource: 'identities', fleetWide: true } as const;

@Controller(`${API}/identities`)
export class IdentitiesController {
  constructor(private readonly service: IdentitiesService) {}

  @Get()
  @Operation({
    ...rule,
    verb: 'get',
    summary: 'Backup of who belongs to the fleet: public keys, no secrets',
    answer: identities,
  })
  get(): Promise<Identities> {
    return this.service.backup();
  }

  @Put()
  @Operation({
    ...rule,
    verb: 'update',
    summary:
      'Let the clusters of a backup in again after the store was lost; those that are registered stay as they are',
    answer: restoredIdentities,
  })
  restore(@Body({ schema: identities }) body: Identities): Promise<RestoredIdentities> {
    return this.service.restore(body);
  }
}
