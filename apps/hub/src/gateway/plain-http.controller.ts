import { Controller, Get, Post } from '@nestjs/common';
import { Public } from '../access/access.decorator';
import { Problem } from '../http/core/problem';

/** Says what is wrong to agents, and to people, who come to the channel without a WebSocket. */
@Controller('agent/v1')
@Public()
export class PlainHttpController {
  /** Not 426: an agent takes what it does not know for final, and whoever swallowed the upgrade may be mended. */
  @Get('connect')
  connect(): never {
    const detail = 'agents connect here by WebSocket: every proxy on the way has to let the upgrade through';
    throw new Problem(404, 'UPGRADE_REQUIRED', detail);
  }

  @Post('sync')
  sync(): never {
    throw new Problem(501, 'NOT_SUPPORTED_YET', 'long polling is not supported yet: agents connect by WebSocket');
  }
}
