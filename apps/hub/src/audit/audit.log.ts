import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { auditView } from '@app/contracts/api/views';
import { HUB_CONFIG, type HubConfig } from '../config/hub-config';
import { Clock } from '../platform/clock';
import { Keys } from '../platform/keys';
import { StateRedis } from '../platform/redis';
import { RefusalMeter } from './core/refusal-meter';
import { fieldsOf, instantOf } from './core/stream';

/** Actor of requests without a token that is known. */
export const ANONYMOUS = 'anonymous';

export type AuditView = z.infer<typeof auditView>;
export type AuditEntry = Readonly<{
  actor: string;
  /** Network address, or the part of the hub that acted. */
  from: string;
  /** `<resource>.<verb>` for requests, `rollout.<phase>` for transitions. */
  action: string;
  subject: string;
  reason: string;
  detail: Readonly<Record<string, unknown>>;
}>;

/** Who did what, from where and why. Entries are only ever added; age alone removes them. */
@Injectable()
export class AuditLog {
  /** Apart, so that strangers who flood the hub do not hide what known callers were refused. */
  private readonly refusals = { strangers: new RefusalMeter(), known: new RefusalMeter() };

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly clock: Clock,
    @Inject(HUB_CONFIG) private readonly config: Pick<HubConfig, 'retention'>,
  ) {}

  /** Rejects with `StoreUnavailable` when the entry may not be stored. */
  async append(entry: AuditEntry): Promise<void> {
    const now = this.clock.now();
    const oldest = String(Math.max(0, now - this.config.retention.ageMs));
    const { actor, from, action, subject, reason, detail } = entry;
    const fields = ['at', String(now), 'actor', actor, 'from', from, 'action', action, 'subject', subject];
    fields.push('reason', reason, 'detail', JSON.stringify(detail));
    await this.redis.xadd(this.keys.audit(), 'MINID', '~', oldest, '*', ...fields);
  }

  /** As `append`, but a flood of refused requests adds a few entries per second that say how many were left out. */
  async appendRefusal(entry: AuditEntry): Promise<void> {
    const meter = entry.actor === ANONYMOUS ? this.refusals.strangers : this.refusals.known;
    const admitted = meter.admit(this.clock.now());
    if (admitted === undefined) return;
    const left = admitted.leftOut === 0 ? {} : { leftOut: admitted.leftOut };
    await this.append({ ...entry, detail: { ...entry.detail, ...left } });
  }

  /** Newest first. @param before id of the last entry that the reader has; null starts at the newest. */
  async list(limit: number, before: string | null): Promise<readonly AuditView[]> {
    const start = before === null ? '+' : `(${before}`;
    const entries = await this.redis.xrevrange(this.keys.audit(), start, '-', 'COUNT', limit);
    return entries.map(([id, flat]) => view(id, fieldsOf(flat)));
  }
}

function view(id: string, fields: Readonly<Record<string, string>>): AuditView {
  const at = Number(fields.at ?? instantOf(id));
  return {
    id,
    at: new Date(at).toISOString(),
    actor: fields.actor ?? '',
    from: fields.from ?? '',
    action: fields.action ?? '',
    subject: fields.subject ?? '',
    reason: fields.reason ?? '',
    detail: object(fields.detail),
  };
}

function object(text: string | undefined): Record<string, unknown> {
  const value: unknown = JSON.parse(text === undefined || text === '' ? '{}' : text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
