import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Flap } from '@app/contracts/policy/rules';
import { dueMember } from '../../platform/core/due';
import { Keys } from '../../platform/keys';
import { StateRedis } from '../../platform/redis';
import { CHECK, NOTE, QUARANTINE } from './flap.scripts';
import type { Place } from '../core/place';

/** `until` null: it is not quarantined. `news`: what became so by this revision. */
export type Noted = Readonly<{ until: number | null; news: 'begun' | 'alert' | null }>;

const reply = z.tuple([z.number(), z.enum(['begun', 'alert', ''])]);

/** Sources that change too often to be followed, and which are therefore left alone until they have been quiet. */
@Injectable()
export class FlapStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
  ) {}

  /** The same revision again is no change. */
  async note(place: Place, rules: Flap, seen: Readonly<{ cluster: string; revision: string }>): Promise<Noted> {
    const { keys } = this;
    const field = this.field(place);
    const { distinctRevisions, withinMs, stableMs, action } = rules;
    const [until, news] = reply.parse(
      await this.redis.run(
        NOTE,
        [...[keys.revisionsSeen(seen.cluster, field), keys.flappingTold(seen.cluster, field)], ...this.listed()],
        [seen.revision, distinctRevisions, withinMs, stableMs, action, field, this.member(place)],
      ),
    );
    return { until: until === 0 ? null : until, news: news === '' ? null : news };
  }

  /** @returns until when. */
  async quarantine(place: Place, forMs: number): Promise<number> {
    const keys = this.listed();
    return z.number().parse(await this.redis.run(QUARANTINE, keys, [this.field(place), this.member(place), forMs]));
  }

  /** `over`: it ended since it was asked for last. While it lasts somebody is to ask again at its end. */
  async check(place: Place): Promise<'lasts' | 'over' | 'none'> {
    const args = [this.field(place), this.member(place)];
    const found = await this.redis.run(CHECK, [this.keys.quarantined(), this.keys.due()], args);
    return found === 1 ? 'lasts' : found === 2 ? 'over' : 'none';
  }

  async lasts(place: Place, at: number): Promise<boolean> {
    return Number((await this.redis.hget(this.keys.quarantined(), this.field(place))) ?? 0) > at;
  }

  /** Sources that are left alone at this moment, whatever the policy: key, and until when. */
  async lasting(at: number): Promise<ReadonlyMap<string, number>> {
    const found = Object.entries(await this.redis.hgetall(this.keys.quarantined()));
    const ends = new Map<string, number>();
    for (const [field, text] of found) {
      const [source, until] = [field.slice(field.indexOf('|') + 1), Number(text)];
      if (until > at) ends.set(source, Math.max(ends.get(source) ?? 0, until));
    }
    return ends;
  }

  private listed = (): string[] => [this.keys.quarantined(), this.keys.due(), this.keys.openWindows()];
  private field = ({ policy, source }: Place): string => `${policy}|${source}`;
  private member = (place: Place): string => dueMember({ type: 'window', ...place });
}
