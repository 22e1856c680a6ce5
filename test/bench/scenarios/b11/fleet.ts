import { startRedis } from '@test/redis/start-redis';
import { waitFor } from '@test/wait';
import type { FlowAgent } from '../../../integration/flow-agent';
import { Fleet, FlowHub, SpecPolicies } from '../../../integration/flow-hub';

const STAGES = [20, 30, 50] as const;
const LETTERS = 'BCDEFGHIJKLMNOP';
const ALL = { name: 'all', clusters: { rest: true }, soak: { for: '0s' } };
const LONG_MS = 60_000;

/** One hub on a Redis of its own, and a hundred clusters in three stages whose agents restart at once. */
export class StagedFleet {
  private constructor(
    private readonly parts: Readonly<{ hub: FlowHub; policies: SpecPolicies }>,
    private readonly agents: readonly FlowAgent[],
    private readonly order: string[],
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<StagedFleet> {
    const redis = await startRedis({ own: true });
    const policies = new SpecPolicies();
    policies.set('default', {
      coalesce: { quietPeriod: '200ms' },
      waves: STAGES.map((_, n) => ({
        ...{ name: `s${n}`, clusters: { selector: `stage=s${n}` }, maxConcurrency: '100%', soak: { for: '0s' } },
      })),
    });
    const hub = await FlowHub.start(redis.url, 'b11', { fleet: new Fleet(), policies });
    const stop = async (): Promise<void> => {
      await hub.stop();
      await redis.stop();
    };
    const order: string[] = [];
    const agents: FlowAgent[] = [];
    for (const [n, size] of STAGES.entries())
      for (let each = 0; each < size; each += 1)
        agents.push(watched(await hub.join(`s${n}-${each}`, { stage: `s${n}`, own: `s${n}-${each}` }), order));
    return new StagedFleet({ hub, policies }, agents, order, stop);
  }

  /** One change everywhere: milliseconds from the end of gathering to the end, and whether stages kept their order. */
  async rollout(round: number): Promise<Readonly<{ ms: number; inOrder: boolean; restarts: number }>> {
    this.order.length = 0;
    for (const agent of this.agents) agent.rotate(LETTERS[round % LETTERS.length] ?? 'B');
    const begin = performance.now();
    await Promise.all(this.agents.map((agent) => agent.report()));
    await waitFor('the end', () => this.hasEnded(), { timeoutMs: LONG_MS, intervalMs: 10 });
    const stages = this.order.map((cluster) => Number(cluster[1]));
    const inOrder = stages.every((stage, at) => at === 0 || stage >= (stages[at - 1] ?? 0));
    return { ms: performance.now() - begin, inOrder, restarts: this.order.length };
  }

  /** The same change under a policy of its own per cluster: as many rollouts at once. */
  async atOnce(round: number): Promise<Readonly<{ ms: number; rollouts: number; restarts: number }>> {
    for (const { cluster } of this.agents)
      this.parts.policies.set(cluster, { priority: 10, match: { clusters: `own=${cluster}` }, waves: [ALL] });
    const before = new Set((await this.parts.hub.rollouts()).map(({ id }) => id));
    const { ms, restarts } = await this.rollout(round);
    const after = (await this.parts.hub.rollouts()).filter(({ id }) => !before.has(id));
    return { ms, rollouts: after.length, restarts };
  }

  private async hasEnded(): Promise<boolean> {
    if (this.order.length < this.agents.length) return false;
    return (await this.parts.hub.rollouts()).every(({ phase }) => phase === 'Succeeded');
  }
}

function watched(agent: FlowAgent, order: string[]): FlowAgent {
  const push = agent.restarts.push.bind(agent.restarts);
  agent.restarts.push = (...items) => {
    order.push(agent.cluster);
    return push(...items);
  };
  return agent;
}
