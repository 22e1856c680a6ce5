import { UNLIMITED } from '@test/limits/unlimited';
import type { GateView } from '@app/contracts/api/gates';
import type { PlanView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import type { FlowAgent } from './flow-agent';
import { Fleet } from './flow-hub';
import { type Answer, ask, joinCluster, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
const SOURCE = { kind: 'Secret', namespace: 'shop', name: 'db' };
const AUDITED = ['gate.approve', 'gates.approve', 'gate.reject', 'gates.reject'];

/** Gates as people meet them; the agents are played, everything else is real. */
describe('gates through the API', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  let approver: string;
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });
  let letter = 65;

  beforeAll(async () => {
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
    approver = await tokenFor(hub, 'approver');
  }, 60_000);

  /** Two waves, with gates before the second. */
  function waves(gates: object, more: object = {}): object {
    return {
      coalesce: { quietPeriod: '200ms' },
      waves: [
        { name: 'dev', clusters: { selector: 'env=dev' }, soak: { for: '0s' } },
        { name: 'prod', clusters: { rest: true }, gates },
      ],
      ...more,
    };
  }
  async function policy(spec: object): Promise<void> {
    const often = { flap: { action: 'alert' }, limits: UNLIMITED, ...spec };
    const head = { apiVersion: 'fleet-reloader.io/v1', kind: 'RolloutPolicy', metadata: { name: 'default' } };
    const document = { ...head, spec: often };
    expect((await ask(hub, 'PUT /policies/default', { body: document })).status).toBeLessThan(300);
  }
  const gates = async (query = ''): Promise<GateView[]> =>
    ((await ask(hub, `GET /gates${query}`)).body as { items: GateView[] }).items;
  const decide = (gate: string, verb: string, reason = '', token = approver): Promise<Answer> =>
    ask(hub, `POST /gates/${gate}:${verb}`, { token, body: { reason } });
  const audit = async (gate: string): Promise<string[]> => {
    const { items } = (await ask(hub, 'GET /audit?limit=500')).body as {
      items: { action: string; subject: string; actor: string; reason: string }[];
    };
    const about = items.filter(({ action, subject }) => AUDITED.includes(action) && subject.endsWith(gate));
    return about.map(({ action, actor, reason }) => `${action} ${actor} ${reason}`).sort();
  };

  /** A new content in both clusters. */
  async function changed(): Promise<string> {
    letter++;
    for (const agent of [dev, prod]) agent.rotate(String.fromCharCode(letter));
    const before = await newest();
    await Promise.all([prod.report(), dev.report()]);
    return waitFor('the rollout', async () => {
      const id = await newest();
      return id === before ? undefined : id;
    });
  }
  const newest = async (): Promise<string | undefined> => (await hub.rollouts('?limit=1'))[0]?.id;
  const openGate = (rollout: string): Promise<GateView> =>
    waitFor('an open gate', async () => (await gates(`?rollout=${rollout}&state=Open`))[0]);

  it('rollouts 20: an approval lets the wave go; said again it has no second effect, and it is not taken back', async () => {
    await policy(waves({ before: [{ type: 'approval', name: 'go', expiresAfter: '1h' }] }));
    const plan = (await ask(hub, 'POST /plans', { body: { source: SOURCE } })).body as PlanView;
    expect(plan.waves.map(({ gates: planned }) => planned)).toEqual([
      [],
      [{ side: 'before', type: 'approval', name: 'go', need: 1, approvers: null, notRequester: false }],
    ]);
    const id = await changed();
    const gate = await openGate(id);
    expect(gate).toMatchObject({
      ...{ id: `${id}.prod.before.go`, rollout: id, wave: 'prod', type: 'approval', name: 'go', state: 'Open' },
      ...{ need: 1, given: 0, openedAt: expect.any(String), expiresAt: expect.any(String), approvals: [] },
    });
    expect(Date.parse(gate.expiresAt ?? '') - Date.parse(gate.openedAt ?? '')).toBe(3_600_000);
    const view = await hub.rollout(id);
    expect(view).toMatchObject({
      phase: 'Running',
      waves: [{ phase: 'Succeeded' }, { phase: 'GateBefore', gates: [{ id: gate.id, state: 'Open' }] }],
      waitingFor: [{ reason: 'Approval', until: gate.expiresAt, gate: gate.id }],
    });
    const why = await ask(hub, 'GET /explain?cluster=prod-1&namespace=shop&kind=Deployment&name=web&source=Secret/db');
    expect(why.body).toMatchObject({ next: `Approve or reject gate ${gate.id}.` });
    expect(prod.restarts).toEqual([]);

    const first = await decide(gate.id, 'approve', 'CHG-4711');
    expect(first).toMatchObject({
      status: 200,
      body: { state: 'Approved', given: 1, approvals: [{ actor: 'approver-of-specs', reason: 'CHG-4711' }] },
    });
    const again = await Promise.all([1, 2, 3].map(() => decide(gate.id, 'approve', 'CHG-4711')));
    expect(again.map(({ status, body }) => [status, (body as GateView).given])).toEqual([
      [200, 1],
      [200, 1],
      [200, 1],
    ]);
    const back = await decide(gate.id, 'reject', 'wait');
    expect(back).toMatchObject({ status: 409, body: { phase: 'Approved', allowed: [], detail: expect.any(String) } });
    expect((back.body as { type: string }).type).toMatch(/:GATE$/);
    await hub.rolloutIn(id, 'Succeeded');
    expect(await audit(gate.id)).toEqual([
      'gate.approve approver-of-specs CHG-4711',
      'gates.reject approver-of-specs wait',
    ]);
    expect((await decide(gate.id, 'approve')).status).toBe(200);
    const events = await ask(hub, `GET /rollouts/${id}/events?limit=100`, { headers: { Accept: 'application/json' } });
    const types = (events.body as { items: { type: string }[] }).items.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('gate.'))).toEqual(['gate.Open', 'gate.Approved']);
  });

  it('are listed while their rollout goes on, and with it by name for ever', async () => {
    await policy(waves({ before: [{ type: 'approval' }], after: [{ type: 'approval' }] }));
    const id = await changed();
    const gate = await openGate(id);
    const ids = async (query: string): Promise<string[]> =>
      (await gates(query)).map((each) => each.id.slice(id.length + 1));
    expect(await ids('')).toEqual(['prod.before.approval']);
    expect(await ids('?state=pending')).toEqual(['prod.before.approval']);
    expect(await ids('?state=NotOpen')).toEqual(['prod.after.approval']);
    expect(await ids(`?rollout=${id}`)).toEqual(['prod.after.approval', 'prod.before.approval']);
    expect(await gates('?rollout=r-none')).toEqual([]);
    expect(await ask(hub, 'GET /gates?state=ajar')).toMatchObject({ status: 400 });
    expect((await decide(`${id}.prod.after.approval`, 'approve')).body).toMatchObject({ phase: 'NotOpen' });
    await decide(gate.id, 'approve');
    const last = await waitFor('the last gate', async () => (await gates(`?rollout=${id}&state=open`))[0]);
    expect(last).toMatchObject({ side: 'after', wave: 'prod' });
    expect((await hub.rollout(id)).waves[1]).toMatchObject({ phase: 'GateAfter', gates: [{}, { state: 'Open' }] });
    await decide(last.id, 'approve');
    await hub.rolloutIn(id, 'Succeeded');
    expect(await gates()).toEqual([]);
    expect((await gates(`?rollout=${id}`)).map(({ state }) => state)).toEqual(['Approved', 'Approved']);
  });

  it('rollouts 18: a rejection halts; late approvals get 409; resuming asks once more', async () => {
    await policy(waves({ before: [{ type: 'approval', expiresAfter: '2s', onExpire: 'reject' }] }));
    const id = await changed();
    const gate = await openGate(id);
    const halted = await hub.rolloutIn(id, 'Halted');
    expect(halted).toMatchObject({ reason: 'ApprovalExpired', waitingFor: [{ reason: 'ApprovalExpired' }] });
    expect(await decide(gate.id, 'approve')).toMatchObject({ status: 409, body: { phase: 'Expired', allowed: [] } });
    expect((await ask(hub, `POST /rollouts/${id}:resume`, { body: {} })).status).toBe(200);
    await openGate(id);
    expect(await decide(gate.id, 'reject', 'not today')).toMatchObject({
      status: 200,
      body: { state: 'Rejected', rejection: { actor: 'approver-of-specs', reason: 'not today' } },
    });
    expect(await hub.rolloutIn(id, 'Halted')).toMatchObject({ reason: 'ApprovalRejected' });
    expect(await decide(gate.id, 'approve')).toMatchObject({ status: 409, body: { phase: 'Rejected' } });
    const skipped = await ask(hub, `POST /rollouts/${id}:skip`, { body: { wave: 'prod', reason: 'not needed' } });
    expect(skipped.status).toBe(200);
    expect((await hub.rolloutIn(id, 'Succeeded')).waves[1]).toMatchObject({ phase: 'Skipped', reason: 'ByUser' });
  });

  it('rollouts 19: whoever started the rollout gets 403, and the gate stays open', async () => {
    const gate = { type: 'approval', notRequester: true, approvers: ['group:sre', 'role:admin'], count: 2 };
    await policy(waves({ before: [gate] }, { start: 'manual' }));
    const id = await changed();
    const tokens = await Promise.all([
      tokenFor(hub, 'operator'),
      ...['ann', 'bob', 'cid'].map(async (name) => {
        const body = { name, role: 'approver', ...(name === 'cid' ? {} : { groups: ['sre'] }) };
        return ((await ask(hub, 'POST /tokens', { body })).body as { token: string }).token;
      }),
    ]);
    const [operator = '', ann = '', bob = '', cid = ''] = tokens;
    expect((await ask(hub, `POST /rollouts/${id}:start`, { token: ann, body: { reason: 'now' } })).status).toBe(200);
    const { id: open } = await openGate(id);
    expect(await decide(open, 'approve', '', ann)).toMatchObject({
      status: 403,
      body: { type: expect.stringMatching(/:SELF_APPROVAL$/) },
    });
    expect(await decide(open, 'approve', '', cid)).toMatchObject({
      status: 403,
      body: { type: expect.stringMatching(/:NOT_APPROVER$/) },
    });
    expect((await decide(open, 'approve', '', operator)).status).toBe(403);
    const scoped = await tokenFor(hub, 'approver', 'env=dev');
    expect((await decide(open, 'approve', '', scoped)).status).toBe(403);
    const none = await tokenFor(hub, 'approver', 'env=test');
    expect((await decide(open, 'approve', '', none)).status).toBe(404);
    expect((await openGate(id)).given).toBe(0);

    const both = await Promise.all([decide(open, 'approve', 'ok', bob), decide(open, 'approve', 'fine')]);
    expect(both.map(({ status }) => status)).toEqual([200, 403]);
    expect(await openGate(id)).toMatchObject({ need: 2, given: 1, notRequester: true });
    expect((await ask(hub, `POST /gates/${open}:approve`, { body: { reason: 'fine' } })).body).toMatchObject({
      state: 'Approved',
      given: 2,
    });
    await hub.rolloutIn(id, 'Succeeded');
  });

  it('of two that approve at the same time both count, and a pause beside them too', async () => {
    await policy(waves({ before: [{ type: 'approval', count: 2 }] }));
    const id = await changed();
    const { id: open } = await openGate(id);
    const answers = await Promise.all([
      decide(open, 'approve'),
      ask(hub, `POST /rollouts/${id}:pause`, { body: {} }),
      ask(hub, `POST /gates/${open}:approve`, { body: {} }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await gates(`?rollout=${id}`))[0]).toMatchObject({ state: 'Approved', given: 2 });
    await hub.rolloutIn(id, 'Paused');
    await ask(hub, `POST /rollouts/${id}:resume`, { body: {} });
    await hub.rolloutIn(id, 'Succeeded');
  });

  it('rollouts 21: a newer revision has gates of its own, and those of the old one are void', async () => {
    await policy(waves({ before: [{ type: 'approval', count: 2 }] }));
    const old = await changed();
    const { id: first } = await openGate(old);
    await decide(first, 'approve');
    const next = await changed();
    expect((await hub.rolloutIn(old, 'Superseded')).waves[1]).toMatchObject({ gates: [{ state: 'Void', given: 1 }] });
    expect(await decide(first, 'approve')).toMatchObject({ status: 409, body: { phase: 'Void' } });
    expect(await openGate(next)).toMatchObject({ given: 0, need: 2 });
    await ask(hub, `POST /rollouts/${next}:cancel`, { body: {} });
    await hub.rolloutIn(next, 'Cancelled');
  });

  it('a schedule can be completed early, a wait passes by itself', async () => {
    const before = [
      { type: 'schedule', at: '2099-01-01T00:00', timezone: 'Europe/Berlin' },
      { type: 'wait', for: '1s' },
    ];
    await policy(waves({ before }));
    const id = await changed();
    const passed = await waitFor('the wait to pass', async () => (await gates('?state=Passed'))[0]);
    expect(passed).toMatchObject({ type: 'wait', need: 0, given: 0, expiresAt: null, passesAt: expect.any(String) });
    expect((await hub.rollout(id)).waitingFor).toMatchObject([
      { reason: 'Schedule', until: '2098-12-31T23:00:00.000Z' },
    ]);
    expect((await decide(passed.id, 'approve')).status).toBe(409);
    const { id: schedule } = await openGate(id);
    expect(await decide(schedule, 'reject')).toMatchObject({ status: 409, body: { allowed: ['approve'] } });
    expect(await decide(schedule, 'approve', 'agreed')).toMatchObject({ status: 200, body: { state: 'Approved' } });
    await hub.rolloutIn(id, 'Succeeded');
    expect(await audit(schedule)).toContain('gate.approve approver-of-specs agreed');
  });

  it('what is no gate, and what says nothing, is refused', async () => {
    expect((await decide('r-1.a.before.b', 'approve')).status).toBe(404);
    expect((await decide('nonsense', 'reject')).status).toBe(404);
    const odd = { token: approver, body: { reason: 'x', force: true } };
    expect((await ask(hub, 'POST /gates/r-1.a.before.b:approve', odd)).status).toBe(400);
    expect((await ask(hub, 'POST /tokens', { body: { name: 'x', role: 'viewer', groups: ['a:b'] } })).status).toBe(400);
  });
});
