import { rateOf } from '@app/contracts/policy/limits';
import { type Ask, admitText, type Starts } from '../../apps/hub/src/limits/core/admit';
import type { CountedRate, LimitsHere } from '../../apps/hub/src/limits/core/limits-here';
import { ADMISSION_LUA } from '../../apps/hub/src/limits/lua/admission';
import { Keys } from '../../apps/hub/src/platform/keys';
import type { StateRedis } from '../../apps/hub/src/platform/redis';
import { script } from '../../apps/hub/src/platform/scripts';

/** As the hub admits what it writes, without anything that is written, at a time that is told. Reply: what is refused. */
const ADMIT = script(
  'specAdmit',
  `${ADMISSION_LUA}
   t = {math.floor(ARGV[2] / 1000000), ARGV[2] % 1000000}
   if ARGV[1] == '' then return digits(limitTime(KEYS[1], ARGV[3])) end
   local admit = cjson.decode(ARGV[1])
   local refusals, enrol, take = admission(admit, limitTime(admit.keys.rates, ARGV[3]))
   if #refusals > 0 then enrol() return cjson.encode(refusals) end
   release(admit) take()
   return '[]'`,
);

export const limiterKeys = (keys: Keys) => ({
  ...{ rates: keys.rates(), seen: keys.askedLast(), line: keys.lines(), locks: keys.locks() },
  ...{ locked: keys.locked(), ran: keys.ran(), active: keys.activeRuns(), due: keys.due() },
});

export type Refused = Readonly<{ ask: number; reason: string; scope: string; wait: number; detail: string }>;

/** The clock of the store, which somebody may set, and that of a replica; microseconds. */
export type Times = Readonly<{ wall: number; most?: string }>;

/** Asks the store as replicas do: all at once, and once more for what would be granted. Time is what the spec says. */
export class Limiter {
  private readonly keys: Keys;

  constructor(
    private readonly redis: StateRedis,
    prefix: string,
  ) {
    this.keys = new Keys(prefix);
  }

  /** @returns what is refused. */
  async ask(starts: Starts, times: Times): Promise<readonly Refused[]> {
    const text = JSON.stringify(admitText(starts, limiterKeys(this.keys)));
    return JSON.parse(await this.run(text, times)) as Refused[];
  }

  /** The store's time for limits. */
  async time(times: Times): Promise<number> {
    return Number(await this.run('', times));
  }

  /** As much of it as goes. @returns which of the asks have begun, and what became of the others. */
  async take(
    starts: Starts,
    times: Times,
  ): Promise<Readonly<{ begun: readonly number[]; refused: readonly Refused[] }>> {
    const refused = await this.ask(starts, times);
    const rest = new Set(refused.map(({ ask }) => ask));
    const begun = starts.asks.flatMap((_, n) => (rest.has(n) ? [] : [n]));
    if (refused.length === 0 || begun.length === 0) return { begun, refused };
    const again = await this.ask({ ...starts, asks: begun.flatMap((n) => starts.asks[n] ?? []) }, times);
    return again.length === 0 ? { begun, refused } : { begun: [], refused };
  }

  private async run(text: string, { wall, most = '' }: Times): Promise<string> {
    const args = [text, wall.toFixed(0), most];
    return String(await this.redis.run(ADMIT, [this.keys.rates()], args));
  }
}

const held = (text: string, burst: number): readonly CountedRate[] => [{ rate: rateOf(text, burst), holds: true }];
const WIDE = held('1000000/s', 1_000_000);

/** Nothing is limited but what the spec says: `['10/m', 5]`. */
export const limitsOf = (
  said: Readonly<
    Partial<
      Record<'global' | 'cluster' | 'namespace', readonly [string, number]> &
        Pick<LimitsHere, 'minIntervalMs' | 'clusters' | 'workloadsPerCluster' | 'podsPerCluster'>
    >
  >,
): LimitsHere => {
  const { global, cluster, namespace, ...rest } = said;
  return {
    global: global ? held(...global) : WIDE,
    cluster: cluster ? held(...cluster) : WIDE,
    namespace: namespace ? held(...namespace) : WIDE,
    ...{ minIntervalMs: 0, clusters: null, workloadsPerCluster: null, podsPerCluster: null },
    ...rest,
  };
};

export const asking = (rollout: string, asks: readonly Ask[]): Starts => ({
  ...{ rollout, subject: `policy|Secret/shop/${rollout}` },
  asks,
  frees: [],
});
