import { Module } from '@nestjs/common';
import { NoticeStore } from './notice.store';
import { Notifier } from './notifier';

/** Messages to people's own systems. */
@Module({ providers: [NoticeStore, Notifier], exports: [Notifier] })
export class NotifyModule {}
