import { UNLIMITED } from '@test/limits/unlimited';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ExplainView, PlanView, PolicyView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import type { FlowAgent } from './flow-agent';
import { Fleet } from './flow-hub';
import { type Answer, ask, joinCluster } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
const DAY = 86_400_000;
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };

/** What a clock in UTC shows so long from now, to the second. */
const utcIn = (ms: number): string => new Date(Date.now() + ms).toISOString().slice(0, 19);
const once = (name: string, kind: string, more: object) => ({ name, kind, timezone: 'UTC', ...more });

type Ids = Readonly<Record<'default' | 'revoked', string>>;

/** Policies of different urgency, and a guard whose windows count for some; the agents are played, all else is real. */
describe('urgency through the API', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });
  let letter = 65;

  beforeAll(async () => {
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
    await hub.putPolicy('default', { rollout: 'all', priority: 5, coalesce: { by: 'content', quietPeriod: '100ms' } });
    // No priority: what is revoked goes before what says 5.
    await hub.putPolicy('revoked', {
      ...{ rollout: 'all', urgency: 'revocation', match: { clusters: 'env=dev' } },
      coalesce: { by: 'source', quietPeriod: '100ms' },
    });
  }, 60_000);
  afterEach(async () => {
    await ask(hub, 'DELETE /policies/guard');
    await hub.cancelRollouts();
  });

  const guard = (...windows: object[]): Promise<Answer> =>
    hub.putPolicy('guard', { rollout: 'all', priority: -5, windows });
  /** The rollouts of a change, by policy. */
  async function changed(agents = [dev, prod], policies = ['default', 'revoked']): Promise<Ids> {
    const before = new Set((await hub.rollouts()).map(({ id }) => id));
    letter++;
    for (const agent of agents) agent.rotate(String.fromCharCode(letter));
    await Promise.all(agents.map((agent) => agent.report()));
    const made = await waitFor('a rollout of each policy', async () => {
      const found = (await hub.rollouts()).filter(({ id }) => !before.has(id));
      return policies.every((name) => found.some(({ policy }) => policy.name === name)) ? found : undefined;
    });
    const idOf = (name: string): string => made.find(({ policy }) => policy.name === name)?.id ?? '';
    return { default: idOf('default'), revoked: idOf('revoked') };
  }
  const waits = ({ waitingFor }: RolloutView) => waitingFor.filter(({ reason }) => reason === 'Window');
  const waiting = (id: string) => hub.rolloutSeen(id, `${id} to wait for a window`, (view) => waits(view).length > 0);
  const over = (id: string) => hub.rolloutSeen(id, `${id} to succeed`, ({ phase }) => phase === 'Succeeded');
  const explained = async (cluster: string): Promise<ExplainView> =>
    (await ask(hub, `GET /explain?cluster=${cluster}&namespace=shop&kind=Deployment&name=web`)).body as ExplainView;

  it('a window that is not for revocations keeps other rollouts waiting, and lets those pass', async () => {
    const from = utcIn(DAY);
    await guard(once('night', 'allow', { from, to: utcIn(2 * DAY), appliesTo: ['renewal', 'rotation'] }));
    const ids = await changed();
    await over(ids.revoked);
    const view = await waiting(ids.default);
    expect([dev.restarts.length, prod.restarts.length]).toEqual([1, 0]);
    const because = `no window of policy guard is open for urgency rotation: night opens at ${from}.000Z`;
    expect(waits(view)).toMatchObject([{ closedBecause: because, nextOpen: `${from}.000Z` }]);
    expect((await explained('prod-1')).checks.at(-1)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(because),
    });

    // The urgency is frozen with the policy: what is under way does not become urgent with it.
    await hub.putPolicy('default', {
      rollout: 'all',
      priority: 5,
      urgency: 'revocation',
      coalesce: { quietPeriod: '100ms' },
    });
    await guard(once('late', 'allow', { from, to: utcIn(2 * DAY), appliesTo: ['rotation'] }));
    await hub.rolloutSeen(
      ids.default,
      'the new window',
      (now) => waits(now)[0]?.closedBecause?.includes('late') === true,
    );
    await hub.putPolicy('default', { rollout: 'all', priority: 5, coalesce: { quietPeriod: '100ms' } });
    await guard();
    await over(ids.default);
  });

  it('freezes and holds are for everyone', async () => {
    await guard(once('lid', 'deny', { from: utcIn(-DAY), to: utcIn(DAY) }));
    const ids = await changed();
    const [own, revoked] = [await waiting(ids.default), await waiting(ids.revoked)];
    for (const view of [own, revoked])
      expect(waits(view)[0]?.closedBecause).toContain('window lid of policy guard denies');
    expect((await explained('dev-1')).checks).toContainEqual(
      expect.objectContaining({ detail: expect.stringMatching(/^policy revoked version 1 \(urgency revocation\)/) }),
    );
    const { body } = await ask(hub, 'POST /holds', { body: { scope: { policy: 'revoked' }, reason: 'look first' } });
    await guard();
    await over(ids.default);
    await hub.rolloutSeen(ids.revoked, 'the hold', ({ waitingFor }) =>
      waitingFor.some(({ reason }) => reason === 'Hold'),
    );
    await ask(hub, `DELETE /holds/${(body as { id: string }).id}`);
    await over(ids.revoked);
  });

  it('is seen where policies are listed and planned', async () => {
    const from = utcIn(DAY);
    await guard(once('night', 'allow', { from, to: utcIn(2 * DAY), appliesTo: ['rotation'] }));
    const policies = ['default', 'revoked'].map(async (name) => (await ask(hub, `GET /policies/${name}`)).body);
    expect(await Promise.all(policies)).toMatchObject([
      { urgency: 'rotation', priority: 5 },
      { urgency: 'revocation', priority: 1_000_000 },
    ] satisfies Partial<PolicyView>[]);
    const plan = async (policy: string): Promise<unknown> => {
      const { policy: by, waves } = (await ask(hub, 'POST /plans', { body: { source: SOURCE, policy } }))
        .body as PlanView;
      const opens = waves.flatMap(({ targets }) => targets.map(({ earliest }) => earliest === `${from}.000Z`));
      return [by.urgency, waves.map(({ maxConcurrency }) => maxConcurrency), opens];
    };
    expect(await plan('default')).toEqual(['rotation', [1], [true, true]]);
    expect(await plan('revoked')).toEqual(['revocation', [1], [false]]);
  });

  it('a freeze that some may pass is refused, and a window for nobody', async () => {
    const deny = once('lid', 'deny', { from: utcIn(0), to: utcIn(DAY), appliesTo: ['rotation'] });
    const nobody = once('night', 'allow', { from: utcIn(0), to: utcIn(DAY), appliesTo: [] });
    const refused = await guard(deny, nobody);
    const { errors } = refused.body as { errors: { pointer: string; code: string }[] };
    expect([refused.status, errors.map(({ pointer, code }) => `${pointer} ${code}`).sort()]).toEqual([
      422,
      ['/spec/windows/0/appliesTo EXCLUSIVE', '/spec/windows/1/appliesTo TOO_SMALL'],
    ]);
  });

  it('a revocation is next for a slot, before what waited longer', async () => {
    const more = await joinCluster(hub, fleet, 'prod-2', 'prod');
    const both = { waves: [{ name: 'all', clusters: { rest: true }, maxConcurrency: 2 }] };
    await hub.putPolicy('default', { ...both, priority: 5, coalesce: { quietPeriod: '100ms' } });
    await hub.putPolicy('guard', {
      rollout: 'all',
      priority: -5,
      limits: { ...UNLIMITED, concurrency: { clusters: 1 } },
    });
    const agents = [dev, prod, more];
    for (const agent of agents) {
      agent.behaviour = { silent: true };
      agent.permits.length = 0;
    }
    /** Those that hold a permit, which nobody obeys by himself. */
    const begun = (): readonly FlowAgent[] => agents.filter(({ permits }) => permits.length > 0);
    const next = (): Promise<FlowAgent> => waitFor('one to begin', () => begun()[0]);
    const isOver = async (agent: FlowAgent): Promise<void> => {
      const permit = agent.permits.at(-1);
      agent.permits.length = 0;
      agent.behaviour = {};
      if (permit) await agent.obey(permit);
    };
    const isSlot = ({ waitingFor: waits }: RolloutView) => waits.some(({ reason }) => reason === 'ConcurrencyLimit');

    const usual = await changed([prod, more], ['default']);
    const holder = await next();
    await hub.rolloutSeen(usual.default, 'the other to wait for the slot', isSlot);
    const urgent = await changed([dev], ['revoked']);
    await hub.rolloutSeen(urgent.revoked, 'the revocation to wait for the slot', isSlot);
    expect(begun()).toEqual([holder]);
    await isOver(holder);
    expect((await next()).cluster).toBe('dev-1');
    await isOver(dev);
    await isOver(await next());
    await over(usual.default);
  });
});
