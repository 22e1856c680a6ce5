import { startRedis } from '@test/redis/start-redis';
import { loadHubConfig } from '../../../../apps/hub/src/config/hub-config';
import { Keys } from '../../../../apps/hub/src/platform/keys';
import { StateRedis } from '../../../../apps/hub/src/platform/redis';
import { since, spentBy } from '../../frame/redis-cost';
import type { BenchOptions, Outcome, Scenario } from '../../frame/scenario';
import { bullLimited, type Limited } from './bull';
import { plainWrites } from './floor';
import { Asking, begunIn, limit } from './ours';
import { asTable, type Measured, MOST, SETTING, WINDOW_MS } from './result';

const CLUSTERS = Array.from({ length: SETTING.clusters }, (_, n) => `c${n}`);
const FOR_MS = 4000;
const FULL_MS = 60_000;

/** Limits: how exact they are, how much of them is used, and what a decision costs. */
export const B9: Scenario = {
  id: 'B9',
  title: 'limits of restarts that two hubs share',
  async run({ rounds, full, say }: BenchOptions): Promise<Outcome> {
    const server = await startRedis({ own: true });
    const hubs = [1, 2].map(
      () => new StateRedis(loadHubConfig({ REDIS_URL: server.url, REDIS_PREFIX: 'b9', LOG_LEVEL: 'silent' })),
    );
    try {
      await Promise.all(hubs.map((hub) => new Promise((resolve) => hub.once('ready', resolve))));
      const forMs = full ? FULL_MS : FOR_MS;
      const measured: Measured = { shared: [], clusters: [], bull: [], writes: [] };
      for (let round = 1; round <= rounds; round += 1) {
        say(`round ${round}`);
        const place = { hubs, forMs };
        measured.shared.push(...(await oursIn({ ...place, prefix: `b9-g${round}` }, ['c0'], SETTING.shared)));
        measured.clusters.push(await oursIn({ ...place, prefix: `b9-c${round}` }, CLUSTERS, SETTING.perCluster));
        const bull = { url: server.url, prefix: `b9-bull${round}`, max: MOST, durationMs: WINDOW_MS, forMs };
        if (!hubs[0]) continue;
        measured.bull.push(await bullLimited(hubs[0], bull));
        measured.writes.push(await plainWrites(hubs[0], `{b9}floor${round}`));
      }
      return asTable(measured, forMs);
    } finally {
      for (const hub of hubs) hub.disconnect();
      await server.stop();
    }
  },
};

type Place = Readonly<{ hubs: readonly StateRedis[]; prefix: string; forMs: number }>;

/** One result per cluster; what was spent is in the first. */
async function oursIn(
  { hubs, prefix, forMs }: Place,
  clusters: readonly string[],
  { scope, rate, burst }: (typeof SETTING)['shared' | 'perCluster'],
): Promise<readonly Limited[]> {
  const [redis] = hubs;
  if (redis === undefined) return [];
  const keys = new Keys(prefix);
  const asking = hubs.map((hub, n) => new Asking(hub, keys, `r${n}`));
  const before = await spentBy(redis);
  const until = Date.now() + forMs;
  await Promise.all(asking.map((each) => each.keepAsking(clusters, limit(scope, rate, burst), until)));
  const spent = since(before, await spentBy(redis));
  const decisions = asking.reduce((sum, each) => sum + each.decisions, 0);
  const instants = await Promise.all(clusters.map((cluster) => begunIn(redis, keys, cluster)));
  return instants.map((each, n) => ({ instants: each, spent, decisions: n === 0 ? decisions : 0 }));
}
