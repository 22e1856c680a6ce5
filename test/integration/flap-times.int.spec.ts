import type { Flap } from '@app/contracts/policy/rules';
import { FlapStore } from '../../apps/hub/src/change/restraint/flap.store';
import type { Place } from '../../apps/hub/src/change/core/place';
import { WindowStore, type WindowTimes } from '../../apps/hub/src/change/gathering/window.store';
import { Keys } from '../../apps/hub/src/platform/keys';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import type { LuaScript } from '../../apps/hub/src/platform/scripts';
import { SharedStore } from './shared-store';

const SECOND = 1000;
const START = 1_800_000_000 * SECOND;
const HOUR = 3600;
const PLACE: Place = { policy: 'default', source: 'Secret/shop/db' };
const GUARD: Flap = { distinctRevisions: 5, withinMs: 300_000, stableMs: 600_000, action: 'quarantine' };
const GATHER: WindowTimes = { quietMs: 30_000, maxWaitMs: 600_000 };

/** A change that a cluster tells of, `at` seconds after the start. */
type Told = Readonly<{ at: number; cluster: string; revision: string }>;

/** Hours of changes in a moment: the scripts of the store are the real ones, and the time is what the spec says. */
describe('what becomes of changes, by the second', () => {
  const store = SharedStore.forAllTests();
  let seconds = 0;

  /** The scripts as they are, at the told time. */
  function atToldTimes(redis: StateRedis): StateRedis {
    const run = (script: LuaScript, ...rest: [readonly string[], readonly (string | number)[]]): Promise<unknown> => {
      const at = START + seconds * SECOND;
      const told = `local told = {'${Math.floor(at / 1000)}', '${(at % 1000) * 1000}'}\n`;
      const lua = told + script.lua.replace("redis.call('TIME')", 'told');
      const [keys, args] = rest;
      return redis.eval(lua, keys.length, ...keys, ...args.map(String));
    };
    return new Proxy(redis, { get: (real, name) => (name === 'run' ? run : (Reflect.get(real, name) as unknown)) });
  }

  /** Does as the hub does: takes in what is told, and looks at what is due, each at its second. */
  async function played(changes: readonly Told[], guard: Flap) {
    const keys = new Keys(store.anew());
    const redis = atToldTimes(store.redis);
    const [flaps, windows] = [new FlapStore(redis, keys), new WindowStore(redis, keys)];
    const seen = { quarantinedAt: [] as number[], alerts: 0, decidedAt: [] as number[] };
    const takeIn = async ({ cluster, revision }: Told): Promise<void> => {
      const { until, news } = await flaps.note(PLACE, guard, { cluster, revision });
      if (news === 'begun') seen.quarantinedAt.push(seconds);
      if (news !== null) seen.alerts += 1;
      if (until === null) await windows.open(PLACE, GATHER, { cluster, revision });
    };
    const lookAt = async (): Promise<void> => {
      const close = await windows.look(PLACE);
      if (close === undefined || (await flaps.check(PLACE)) === 'lasts') return;
      seen.decidedAt.push(seconds);
      await windows.close(PLACE, close);
    };
    const dueAt = async (): Promise<number> => {
      const [, score = 'Infinity'] = await store.redis.zrange(keys.due(), '0', '0', 'WITHSCORES');
      return (Number(score) - START) / SECOND;
    };
    const told = [...changes];
    for (let due = await dueAt(); told[0] || due < Infinity; due = await dueAt()) {
      const next = told[0] && told[0].at <= due ? told.shift() : undefined;
      seconds = next?.at ?? due;
      await (next ? takeIn(next) : lookAt());
    }
    return seen;
  }
  const everyFiveSeconds = Array.from({ length: HOUR / 5 }, (_, n) => ({
    ...{ at: n * 5, cluster: 'c01', revision: `r${n}` },
  }));

  it('rollouts 40: a change every 5 s for an hour is quarantined at 20 s, told once, and carried once, 10 min after the last', async () => {
    expect(await played(everyFiveSeconds, GUARD)).toEqual({ quarantinedAt: [20], alerts: 1, decidedAt: [4195] });
  });

  it('rollouts 41: without the guard it is carried six times: at 600 s, then every 605 s, the last when it is quiet', async () => {
    const { quarantinedAt, decidedAt } = await played(everyFiveSeconds, { ...GUARD, action: 'alert' });
    expect([quarantinedAt, decidedAt]).toEqual([[], [600, 1205, 1810, 2415, 3020, 3625]]);
  });

  it('rollouts 46: what arrives in 40 clusters over 9 minutes is one change, carried 30 s after the last', async () => {
    const arrivals = Array.from({ length: 40 }, (_, n) => ({
      ...{ at: Math.round((n * 540) / 39), cluster: `c${n}`, revision: 'r1' },
    }));
    expect(await played(arrivals, GUARD)).toEqual({ quarantinedAt: [], alerts: 0, decidedAt: [570] });
  });
});
