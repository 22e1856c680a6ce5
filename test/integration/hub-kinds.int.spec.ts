import type { WorkloadKind } from '@app/contracts/objects';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import { waitFor } from '@test/wait';
import type { FlowAgent } from './flow-agent';
import { Fleet, SpecPolicies } from './flow-hub';
import { ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);

const KINDS: readonly WorkloadKind[] = ['CronJob', 'Job', 'Rollout', 'DeploymentConfig'];
const nameOf = (kind: WorkloadKind): string => `with-${kind.toLowerCase()}`;

/** One cluster for each kind beyond the usual; the agents are played, everything else is real. */
describe('workloads of every kind', () => {
  const fleet = new Fleet();
  const policies = new SpecPolicies();
  const hub = SharedHub.forAllTests({ fleet, policies });
  const agents: FlowAgent[] = [];

  beforeAll(async () => {
    policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '200ms' } });
    for (const kind of KINDS) {
      const agent = await joinCluster(hub, fleet, nameOf(kind), 'dev');
      agent.kind = kind;
      await agent.snapshot();
      agents.push(agent);
    }
  }, 60_000);

  const rollouts = async (): Promise<RolloutView[]> => {
    return Promise.all((await hub.rollouts()).map(({ id }) => hub.rollout(id)));
  };

  /** New content in all clusters; resolves with its rollouts once all of them are over. */
  async function changed(letter: string, count = KINDS.length): Promise<RolloutView[]> {
    const before = (await rollouts()).map(({ id }) => id);
    for (const agent of agents) agent.rotate(letter);
    await Promise.all(agents.map((agent) => agent.report()));
    return waitFor('the rollouts to end', async () => {
      const fresh = (await rollouts()).filter(({ id }) => !before.includes(id));
      const targets = fresh.flatMap(({ waves }) => waves.flatMap((wave) => wave.targets));
      return targets.length === count && fresh.every(({ finishedAt }) => finishedAt !== null) && fresh;
    });
  }

  const restartsOf = (views: readonly RolloutView[]): Record<string, string> =>
    Object.fromEntries(
      views.flatMap(({ waves }) =>
        waves.flatMap(({ targets }) =>
          targets.flatMap(({ restarts }) =>
            restarts.map(({ kind, phase, reason }) => [kind, `${phase} ${reason}`.trim()]),
          ),
        ),
      ),
    );

  it.each(KINDS)('%s: stands in the inventory, and is explained', async (kind) => {
    const { body } = await ask(hub, `GET /workloads?kind=${kind}`);
    expect(body).toMatchObject({ items: [{ cluster: nameOf(kind), kind, name: 'web', state: 'Current' }] });
    const why = await ask(hub, `GET /explain?cluster=${nameOf(kind)}&namespace=shop&kind=${kind}&name=web`);
    expect(why.status).toBe(200);
    expect((why.body as { checks: unknown[] }).checks.length).toBeGreaterThan(0);
  });

  it('is planned, restarted and converges', async () => {
    const plan = await ask(hub, 'POST /plans', { body: { source: { kind: 'Secret', namespace: 'shop', name: 'db' } } });
    expect(plan.status).toBe(200);
    const views = await changed('B');
    expect(restartsOf(views)).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, 'Succeeded'])));
    expect(views.map(({ phase }) => phase)).toEqual(['Succeeded']);
    const { body } = await ask(hub, 'GET /convergence?kind=Secret&namespace=shop&name=db');
    const { items } = body as { items: { cluster: string; state: string }[] };
    expect(items.map(({ state }) => state)).toEqual(KINDS.map(() => 'Converged'));
  });

  it('says why it was left as it is', async () => {
    for (const agent of agents) {
      agent.still = `Still${agent.kind}`;
      agent.behaviour = { outcome: 'SKIPPED', reason: agent.still };
    }
    const views = await changed('D');
    expect(restartsOf(views)).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, `Skipped Still${kind}`])));
  });

  it('is restarted once nothing hinders that any more', async () => {
    for (const agent of agents) Object.assign(agent, { still: undefined, behaviour: {} });
    const views = await changed('D');
    expect(restartsOf(views)).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, 'Succeeded'])));
    expect(views.map(({ phase }) => phase)).toEqual(['Succeeded']);
  });

  it('is chosen by kind in a policy; who is not chosen waits, with the reason', async () => {
    for (const agent of agents) agent.behaviour = {};
    const match = { workloads: { kinds: ['CronJob', 'Job'] } };
    policies.set('jobs', { match, rollout: 'all', coalesce: { quietPeriod: '200ms' }, priority: 10 });
    const views = await changed('E', 2);
    expect(views.map(({ policy }) => policy.name)).toEqual(['jobs']);
    expect(restartsOf(views)).toEqual({ CronJob: 'Succeeded', Job: 'Succeeded' });
    const why = await ask(hub, 'GET /explain?cluster=with-rollout&namespace=shop&kind=Rollout&name=web');
    const { checks } = why.body as { checks: { check: string; ok: boolean; detail: string }[] };
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      expect.objectContaining({ detail: expect.stringContaining('jobs') }),
    ]);
  });
});
