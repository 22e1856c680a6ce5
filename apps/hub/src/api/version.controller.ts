import { Controller, Get, Inject } from '@nestjs/common';
import { versionView } from '@app/contracts/api/views';
import { PROTOCOL } from '@app/contracts/wire/envelope';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { VERSION } from '../ops/build-info';
import { PublicOperation } from './operation.decorator';
import { API } from './schemas';

@Controller(`${API}/version`)
export class VersionController {
  constructor(@Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'commit'>) {}

  @Get()
  @PublicOperation({ summary: 'Which hub this is, and which agents it understands', answer: versionView }, 'version')
  version() {
    return { version: VERSION, commit: this.config.commit, protocol: PROTOCOL };
  }
}
