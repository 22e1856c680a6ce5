import { setTimeout as pause } from 'node:timers/promises';
import { rateOf } from '@app/contracts/policy/limits';
import { admitText, type Ask } from '../../../../apps/hub/src/limits/core/admit';
import type { LimitsHere } from '../../../../apps/hub/src/limits/core/limits-here';
import type { Keys } from '../../../../apps/hub/src/platform/keys';
import type { StateRedis } from '../../../../apps/hub/src/platform/redis';
import { COMMIT } from '../../../../apps/hub/src/rollout/rollout.scripts';
import { limiterKeys } from '../../../integration/limiter';

const WIDE = [{ rate: rateOf('1000000/s', 1_000_000), holds: true }];
const NO_LIMIT: LimitsHere = {
  ...{ global: WIDE, cluster: WIDE, namespace: WIDE },
  ...{ minIntervalMs: 0, clusters: null, workloadsPerCluster: null, podsPerCluster: null },
};
export const limit = (scope: 'global' | 'cluster', text: string, burst: number): LimitsHere => ({
  ...NO_LIMIT,
  [scope]: [{ rate: rateOf(text, burst), holds: true }],
});

type Refused = Readonly<{ ask: number; wait: number }>;

/** One hub that wants restarts: it asks with the script that writes rollouts, which notes when each of them began. */
export class Asking {
  decisions = 0;

  constructor(
    private readonly redis: StateRedis,
    private readonly keys: Keys,
    private readonly rollout: string,
  ) {}

  /** Has restarts of these clusters begin, one each, as often as may be, until `until` (epoch ms). */
  async keepAsking(clusters: readonly string[], limits: LimitsHere, until: number): Promise<void> {
    const due = new Map(clusters.map((cluster) => [cluster, 0]));
    const begun = new Map<string, number>();
    while (Date.now() < until) {
      const now = performance.now();
      const ready = clusters.filter((cluster) => (due.get(cluster) ?? 0) <= now);
      const asks = ready.map((cluster) => this.askFor(cluster, begun.get(cluster) ?? 0, limits));
      const refused = asks.length === 0 ? [] : await this.take(asks);
      const denied = new Map(refused.map(({ ask, wait }) => [ready[ask] ?? '', wait]));
      for (const cluster of ready) {
        const wait = denied.get(cluster);
        if (wait === undefined) begun.set(cluster, (begun.get(cluster) ?? 0) + 1);
        else due.set(cluster, performance.now() + wait / 1000);
      }
      const soonest = Math.min(...due.values()) - performance.now();
      if (soonest > 0) await pause(Math.min(soonest, 100));
    }
  }

  private askFor(cluster: string, n: number, limits: LimitsHere): Ask {
    const workload = `Deployment/shop/${this.rollout}-${n}`;
    return { cluster, namespace: 'shop', workload, revision: 'r', pods: 1, limits };
  }

  /** As many of them as may begin. @returns those that may not. */
  private async take(asks: readonly Ask[]): Promise<readonly Refused[]> {
    const refused = await this.ask(asks);
    const denied = new Set(refused.map(({ ask }) => ask));
    const rest = asks.filter((_, n) => !denied.has(n));
    if (refused.length === 0 || rest.length === 0) return refused;
    const again = await this.ask(rest);
    return again.length === 0 ? refused : asks.map((_, ask) => ({ ask, wait: 1000 }));
  }

  private async ask(asks: readonly Ask[]): Promise<readonly Refused[]> {
    const { keys } = this;
    this.decisions += asks.length;
    const frees = asks.map(({ cluster, workload }) => ({ cluster, workload: previous(workload) }));
    const write = {
      ...{ checks: [], guards: [], rates: keys.rates(), most: '' },
      writes: asks.map(({ cluster, workload }) => ['RAN', keys.ran(cluster), workload, `${this.rollout}|r|begun|0`]),
      admits: [admitText({ rollout: this.rollout, subject: this.rollout, asks, frees }, limiterKeys(keys))],
    };
    const reply = String(await this.redis.run(COMMIT, [keys.due()], [JSON.stringify(write)]));
    return reply.startsWith('DENIED') ? (JSON.parse(reply.slice('DENIED'.length)) as Refused[]) : [];
  }
}

const previous = (workload: string): string => workload.replace(/\d+$/, (n) => String(Number(n) - 1));

/** When restarts of a cluster began, by the store's clock; sorted milliseconds. */
export async function begunIn(redis: StateRedis, keys: Keys, cluster: string): Promise<readonly number[]> {
  const notes = await redis.hvals(keys.ran(cluster));
  return notes.map((note) => Number(note.split('|')[0]) / 1000).sort((a, b) => a - b);
}
