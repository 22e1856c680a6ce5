import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { ExplainView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import { AGENT_INBOUND, type AgentInbound } from '../../apps/hub/src/gateway/agent.port';
import { Keys } from '../../apps/hub/src/platform/keys';
import { StateRedis } from '../../apps/hub/src/platform/redis';
import { Reconciler } from '../../apps/hub/src/wake/reconciler';
import { change, type FlowAgent } from './flow-agent';
import { Fleet, SpecPolicies } from './flow-hub';
import { type Answer, ask, joinCluster, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
/** Changes of both clusters that come within 200 ms are one. */
const IN_WAVES = { rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: '200ms' } };
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };

/** Rollouts as people see and steer them; the agents are played, everything else is real. */
describe('rollouts through the API', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const policies = new SpecPolicies();
  const hub = SharedHub.forAllTests({ fleet, policies });
  let letter = 65;

  beforeAll(async () => {
    policies.set('default', IN_WAVES);
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
  }, 60_000);

  /** A new content in both clusters; the dev agent holds its permit until `release`. */
  async function changed(): Promise<RolloutView> {
    dev.behaviour = { silent: true };
    letter++;
    for (const agent of [dev, prod]) agent.rotate(String.fromCharCode(letter));
    await prod.report();
    await dev.report();
    return waitFor('the rollout at dev', async () => {
      const [found] = await hub.rollouts('?phase=Running');
      const view = found && (await hub.rollout(found.id));
      return view?.waves.some(({ targets }) =>
        targets.some(({ cluster, phase }) => cluster === 'dev-1' && phase === 'Dispatched'),
      )
        ? view
        : undefined;
    });
  }
  async function release(): Promise<void> {
    dev.behaviour = {};
    const permit = dev.permits.at(-1);
    if (permit) await dev.obey(permit);
  }

  it('are shown with waves, targets, restarts and what they wait for', async () => {
    const view = await changed();
    expect(view).toMatchObject({
      policy: { name: 'default', version: 1 },
      policyOutdated: false,
      cause: {
        trigger: 'change',
        actor: null,
        sources: expect.arrayContaining([expect.objectContaining({ ...SOURCE, cluster: 'dev-1' })]),
      },
      waitingFor: expect.arrayContaining([expect.objectContaining({ reason: 'Restarting' })]),
      allowed: ['pause', 'cancel', 'skip', 'replan'],
      counts: { targets: 2, succeeded: 0, pending: 2 },
    });
    expect(view.waves.map(({ targets }) => targets.map(({ cluster }) => cluster))).toEqual([['dev-1'], ['prod-1']]);
    expect(view.waves[0]?.targets[0]?.restarts[0]).toMatchObject({
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
    });

    const before = await ask(hub, 'GET /convergence?kind=Secret&namespace=shop&name=db');
    expect(before.body).toMatchObject({
      items: [
        { cluster: 'dev-1', state: 'Behind' },
        { cluster: 'prod-1', state: 'Behind' },
      ],
    });
    const why = await ask(hub, 'GET /explain?cluster=prod-1&namespace=shop&kind=Deployment&name=web&source=Secret/db');
    const { checks, next } = why.body as { checks: { check: string; ok: boolean }[]; next: string };
    expect(checks.at(-1)).toMatchObject({ check: 'TargetReleased', ok: false });
    expect(next).toContain('Wait');

    await release();
    const done = await hub.rolloutIn(view.id, 'Succeeded');
    expect(done).toMatchObject({
      counts: { targets: 2, succeeded: 2, pending: 0 },
      waitingFor: [],
      allowed: [],
      finishedAt: expect.any(String),
    });
    const after = await ask(hub, 'GET /convergence?kind=Secret&namespace=shop&name=db');
    expect(after.body).toMatchObject({
      items: [{ state: 'Converged', pods: { total: 1, current: 1 } }, { state: 'Converged' }],
    });
  });

  it('rollouts 82: keep the waves that they began with, and say that the policy has a newer version', async () => {
    const view = await changed();
    policies.set('default', { rollout: 'all', start: 'manual' }, 2);
    const wavesOf = ({ waves }: RolloutView): unknown =>
      waves.map(({ name, targets }) => [name, targets.map(({ cluster }) => cluster)]);
    const told = prod.permits.length;
    const outdated = await hub.rollout(view.id);
    expect(outdated).toMatchObject({ policyOutdated: true, policy: { name: 'default', version: 1 } });
    expect(wavesOf(outdated)).toEqual(wavesOf(view));
    expect(prod.permits).toHaveLength(told);
    await release();
    const done = await hub.rolloutIn(view.id, 'Succeeded');
    policies.set('default', IN_WAVES, 1);
    expect([wavesOf(done), prod.permits.length]).toEqual([wavesOf(view), told + 1]);
  });

  it('are paused, resumed and cancelled by those who may, with their names in the audit log', async () => {
    const view = await changed();
    const viewer = await tokenFor(hub, 'viewer');
    const operator = await tokenFor(hub, 'operator');
    expect((await ask(hub, `POST /rollouts/${view.id}:pause`, { token: viewer })).status).toBe(403);
    const paused = await ask(hub, `POST /rollouts/${view.id}:pause`, {
      token: operator,
      body: { reason: 'looking closer' },
    });
    expect(paused).toMatchObject({
      status: 200,
      body: { phase: 'Pausing', allowed: ['resume', 'cancel', 'skip', 'replan'] },
    });
    const again = await ask(hub, `POST /rollouts/${view.id}:pause`, { token: operator });
    expect(again).toMatchObject({
      status: 409,
      body: {
        type: expect.stringContaining(':PHASE'),
        phase: 'Pausing',
        allowed: ['resume', 'cancel', 'skip', 'replan'],
      },
    });
    expect((await ask(hub, `POST /rollouts/${view.id}:resume`, { token: operator })).body).toMatchObject({
      phase: 'Running',
    });
    expect(
      (await ask(hub, `POST /rollouts/${view.id}:cancel`, { token: operator, body: { reason: 'enough' } })).status,
    ).toBe(200);
    const audit = (await ask(hub, 'GET /audit?limit=50')).body;
    expect(audit).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          actor: 'operator-of-specs',
          action: 'rollout.pause',
          subject: `rollout/${view.id}`,
          reason: 'looking closer',
        }),
        expect.objectContaining({ actor: 'operator-of-specs', action: 'rollout.resume', reason: '' }),
        expect.objectContaining({
          actor: 'operator-of-specs',
          action: 'rollouts.pause',
          detail: expect.objectContaining({ outcome: 'refused' }),
        }),
      ]),
    });
    await release();
    await hub.rolloutIn(view.id, 'Cancelled');
  });

  it('rollouts 90: take one of two verbs that race, and tell the other what is allowed now', async () => {
    const { id } = await changed();
    const answers: Answer[] = await Promise.all(
      ['pause', 'cancel'].map((verb) => ask(hub, `POST /rollouts/${id}:${verb}`)),
    );
    // Over HTTP the second may also come so late that it finds the first done, and is allowed in its phase.
    const statuses = answers.map(({ status }) => status).sort();
    expect([
      [200, 409],
      [200, 200],
    ]).toContainEqual(statuses);
    const problem = { type: expect.stringContaining(':PHASE'), phase: expect.any(String), allowed: expect.any(Array) };
    for (const { body } of answers.filter(({ status }) => status === 409)) expect(body).toMatchObject(problem);
    await ask(hub, `POST /rollouts/${id}:cancel`);
    await release();
    await hub.rolloutIn(id, 'Cancelled');
  });

  it('rollouts 89: started by hand 50 times with one Idempotency-Key are one', async () => {
    const { id } = await changed();
    await ask(hub, `POST /rollouts/${id}:cancel`);
    await release();
    await hub.rolloutIn(id, 'Cancelled');
    // prod is still pending, and what a person cancelled does not start again by itself.
    prod.behaviour = { silent: true };
    const before = (await hub.rollouts()).length;
    const request = { body: { source: SOURCE, reason: 'by hand' }, headers: { 'Idempotency-Key': 'by-hand' } };
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(hub, 'POST /rollouts', request)));
    expect(answers.filter(({ status }) => status !== 201).map(({ body }) => body)).toEqual([]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await hub.rollouts()).length).toBe(before + 1);
    const made = answers[0]?.body as RolloutView;
    const cause = { trigger: 'manual', actor: 'admin', reason: 'by hand' };
    expect(made).toMatchObject({ cause, counts: { targets: 1 } });
    const withoutKey = await ask(hub, 'POST /rollouts', { body: { source: SOURCE, reason: 'once more' } });
    expect(withoutKey).toMatchObject({ status: 201, body: { id: made.id } });
    prod.behaviour = {};
    const permit = prod.permits.at(-1);
    if (permit) await prod.obey(permit);
    await hub.rolloutIn(made.id, 'Succeeded');
  });

  describe('of which one is stored in a form that this hub does not read', () => {
    const metric = async () =>
      /rollouts_unreadable (\d)/.exec(await (await fetch(`${hub.opsUrl}/metrics`)).text())?.[1] ?? 'none';

    it.each([
      ['its head', 'head', (text: string) => JSON.stringify({ shape: 2, all: text })],
      ['a target', 't:dev-1', (text: string) => text.replace('"form":1', '"form":2')],
    ])('(%s) are all shown but that one, which says why; nothing else is held up', async (_part, field, other) => {
      const [redis, keys] = [hub.app.get(StateRedis), hub.app.get(Keys)];
      const { id } = await changed();
      const key = keys.run(id);
      const before = await redis.hgetall(key);
      await redis.hset(key, { [field]: other(before[field] ?? ''), lastOp: 'of another version', ver: 1000 });

      const list = await ask(hub, 'GET /rollouts');
      expect(list.status).toBe(200);
      const ids = (list.body as { items: RolloutView[] }).items.map((item) => item.id);
      expect([ids.includes(id), ids.length > 1]).toEqual([false, true]);
      const one = await ask(hub, `GET /rollouts/${id}`);
      expect([one.status, one.headers.get('content-type')]).toEqual([500, expect.stringContaining('problem+json')]);
      expect(one.body).toMatchObject({
        type: expect.stringContaining(':ROLLOUT_UNREADABLE'),
        detail: expect.stringMatching(/rollout r-.* another version of the hub: let that version run/),
      });
      expect(await metric()).toBe('1');
      const inbound = hub.app.get<AgentInbound>(AGENT_INBOUND, { strict: false });
      await expect(inbound.connected(dev.session)).resolves.toBeUndefined();
      // What is new for its source waits for it, and the report of it is taken in.
      await expect(change('Z', prod)).resolves.toBeUndefined();

      await redis.hset(key, before);
      expect((await hub.rollout(id)).phase).toBe('Running');
      expect(await metric()).toBe('0');
      await ask(hub, `POST /rollouts/${id}:cancel`);
      await release();
      await hub.cancelRollouts();
      await change(String.fromCharCode(letter), prod);
    });
  });

  it('of which none takes a cluster, by the will of its policy, are no riddle to who asks why', async () => {
    const waves = [{ name: 'dev', clusters: { selector: 'env=dev' } }];
    const asked = 'cluster=prod-1&namespace=shop&kind=Deployment&name=web&source=Secret/db';
    policies.set('default', { ...IN_WAVES, rollout: undefined, waves, unassigned: 'ignore' }, 3);
    const { id } = await changed();
    const { checks, next } = (await ask(hub, `GET /explain?${asked}`)).body as ExplainView;
    expect(checks.at(-1)).toMatchObject({
      ...{ check: 'WaveTakes', ok: false },
      detail: expect.stringMatching(
        /^NoWave: no wave of policy default version 3 takes cluster prod-1.*unassigned: ignore/,
      ),
    });
    expect(next).toContain('unassigned: rest');
    // A wave of one, and dev-1 is that one.
    policies.set(
      'default',
      { ...IN_WAVES, rollout: undefined, waves: [{ name: 'one', clusters: { size: 1 } }], unassigned: 'ignore' },
      4,
    );
    const later = (await ask(hub, `GET /explain?${asked}`)).body as ExplainView;
    expect(later.checks.at(-1)).toMatchObject({
      ...{ check: 'RolloutActive', ok: false },
      detail: expect.stringContaining(`NoWave: rollout ${id} leaves cluster prod-1 alone`),
    });
    policies.set('default', IN_WAVES, 1);
    await release();
    await hub.rolloutIn(id, 'Succeeded');
    // What waits there is taken up by the policy as it is now, and nobody has to ask for it.
    await hub.app.get(Reconciler, { strict: false }).run();
    await waitFor('the restart in prod', () => prod.restarts.at(-1)?.endsWith(prod.revision) || undefined);
  });

  it('show a limited token its own clusters only, and let it act on the whole only', async () => {
    const view = await changed();
    const token = await tokenFor(hub, 'operator', 'env=dev');
    const seen = (await ask(hub, `GET /rollouts/${view.id}`, { token })).body as RolloutView;
    expect(seen.waves.flatMap(({ targets }) => targets.map(({ cluster }) => cluster))).toEqual(['dev-1']);
    expect(JSON.stringify(seen)).not.toContain('prod-1');
    expect(await ask(hub, `POST /rollouts/${view.id}:pause`, { token })).toMatchObject({
      status: 403,
      body: { type: expect.stringContaining(':SCOPE') },
    });
    const elsewhere = await tokenFor(hub, 'operator', 'env=staging');
    expect((await ask(hub, `GET /rollouts/${view.id}`, { token: elsewhere })).status).toBe(404);
    expect((await ask(hub, 'GET /rollouts', { token: elsewhere })).body).toEqual({ items: [], nextCursor: null });
    const events = (
      await ask(hub, `GET /rollouts/${view.id}/events`, { token, headers: { Accept: 'application/json' } })
    ).body;
    expect(JSON.stringify(events)).not.toContain('prod-1');
    await release();
    await hub.rolloutIn(view.id, 'Succeeded');
  });

  it('are listed newest first, in pages', async () => {
    const all = (await hub.rollouts()).map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer: Answer = await ask(
        hub,
        `GET /rollouts?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      const page = answer.body as { items: RolloutView[]; nextCursor: string | null };
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all);
    expect([...all].sort().reverse()).toEqual(all);
  });
});
