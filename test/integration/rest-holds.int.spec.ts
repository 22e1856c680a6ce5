import type { HoldView } from '@app/contracts/api/holds';
import type { RolloutView } from '@app/contracts/api/rollout-view';
import type { PlanView } from '@app/contracts/api/views';
import { waitFor } from '@test/wait';
import { SWEEP_MS } from '../../apps/hub/src/rollout/core/timing';
import type { FlowAgent } from './flow-agent';
import { Fleet, SpecPolicies } from './flow-hub';
import { type Answer, ask, joinCluster, tokenFor } from './rest-hub';
import { SharedHub } from './shared-hub';

jest.setTimeout(30_000);
const AT_ONCE = { rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: '200ms' } };

/** Holds as people set and release them; the agents are played, everything else is real. */
describe('holds through the API', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const policies = new SpecPolicies();
  const hub = SharedHub.forAllTests({ fleet, policies });
  let letter = 65;

  beforeAll(async () => {
    policies.set('default', AT_ONCE);
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
  }, 60_000);
  afterEach(async () => {
    for (const { id } of await holds()) await ask(hub, `DELETE /holds/${id}`);
  });

  const holds = async (): Promise<HoldView[]> => ((await ask(hub, 'GET /holds')).body as { items: HoldView[] }).items;
  const hold = async (scope: object, more: object = {}): Promise<HoldView> => {
    const { status, body } = await ask(hub, 'POST /holds', { body: { scope, reason: 'INC-88', ...more } });
    expect({ status, body }).toMatchObject({ status: 201, body: { scope, reason: 'INC-88', owner: 'admin' } });
    return body as HoldView;
  };
  async function changed(): Promise<string> {
    letter++;
    for (const agent of [dev, prod]) agent.rotate(String.fromCharCode(letter));
    const all = async (): Promise<string[]> => (await hub.rollouts()).map(({ id }) => id);
    const before = await all();
    await Promise.all([prod.report(), dev.report()]);
    return waitFor('the rollout', async () => (await all()).find((id) => !before.includes(id)));
  }
  const waiting = (id: string, reason: string): Promise<RolloutView> =>
    waitFor(`${id} to wait for ${reason}`, async () => {
      const view = await hub.rollout(id);
      return view.waitingFor.some((wait) => wait.reason === reason) ? view : undefined;
    });
  const ended = (id: string): Promise<RolloutView> =>
    waitFor(`${id} to succeed`, async () => {
      const view = await hub.rollout(id);
      return view.phase === 'Succeeded' ? view : undefined;
    });

  it('rollouts 35: two owners hold, one is released: nothing starts, and who still holds it is told with the expiry', async () => {
    const operator = await tokenFor(hub, 'operator');
    const first = await hold({ all: true });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const second = await ask(hub, 'POST /holds', {
      token: operator,
      body: { scope: { policy: 'default' }, reason: 'INC-89', expiresAt },
    });
    expect(second.status).toBe(201);
    const permits = dev.permits.length + prod.permits.length;
    const id = await changed();
    await waiting(id, 'Hold');
    expect((await ask(hub, `DELETE /holds/${first.id}`)).status).toBe(204);
    const view = await waitFor('the first hold to be gone', async () => {
      const now = await hub.rollout(id);
      return JSON.stringify(now.waitingFor).includes(first.id) ? undefined : now;
    });
    const [wait] = view.waitingFor.filter(({ reason }) => reason === 'Hold');
    expect(wait?.detail).toContain('operator-of-specs');
    expect(wait?.detail).toContain('INC-89');
    expect([(second.body as HoldView).expiresAt, wait?.until]).toEqual([expiresAt, expiresAt]);
    expect(dev.permits.length + prod.permits.length).toBe(permits);
    const { id: last } = second.body as HoldView;
    expect((await ask(hub, `DELETE /holds/${last}`, { token: operator })).status).toBe(204);
    await ended(id);
  });

  it('a hold of some clusters lets the others go on; released, the rest follows', async () => {
    const { id: held } = await hold({ clusters: 'env=prod' });
    const id = await changed();
    const view = await waiting(id, 'Hold');
    const target = view.waves.flatMap(({ targets }) => targets).find(({ cluster }) => cluster === 'prod-1');
    expect(target).toMatchObject({ phase: 'Blocked', reason: 'Hold' });
    await waitFor('dev', async () =>
      (await hub.rollout(id)).waves.some(({ targets }) =>
        targets.some(({ cluster, phase }) => cluster === 'dev-1' && phase === 'Succeeded'),
      ),
    );
    await ask(hub, `DELETE /holds/${held}`);
    await ended(id);
  });

  it('a hold that expires lets go by itself', async () => {
    await hold({ namespace: 'shop' }, { expiresAt: new Date(Date.now() + 2000).toISOString() });
    const id = await changed();
    await waiting(id, 'Hold');
    await ended(id);
    expect(await holds()).toEqual([]);
  });

  it('a drained cluster goes on at once when people are through with it', async () => {
    await ask(hub, 'POST /clusters/dev-1:drain');
    const id = await changed();
    await waiting(id, 'Drained');
    const asked = Date.now();
    await ask(hub, 'POST /clusters/dev-1:undrain');
    await ended(id);
    expect(Date.now() - asked).toBeLessThan(SWEEP_MS / 2);
  });

  it('a plan says what a hold or a drained cluster keeps back, and until when', async () => {
    const source = { kind: 'Secret', namespace: 'shop', name: 'db' };
    const planned = async (): Promise<unknown> => {
      const { waves, warnings } = (await ask(hub, 'POST /plans', { body: { source } })).body as PlanView;
      const targets = waves.flatMap(({ targets: all }) => all);
      const stops = warnings.filter(({ code }) => code === 'HELD' || code === 'DRAINED');
      return {
        earliest: Object.fromEntries(targets.map(({ cluster, earliest }) => [cluster, earliest])),
        stops: stops.map(({ code, subject }) => `${subject} ${code}`),
      };
    };
    const now = expect.any(String) as string;
    expect(await planned()).toEqual({ earliest: { 'dev-1': now, 'prod-1': now }, stops: [] });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await hold({ clusters: 'env=prod' }, { expiresAt });
    expect(await planned()).toEqual({ earliest: { 'dev-1': now, 'prod-1': expiresAt }, stops: ['prod-1 HELD'] });
    await hold({ source });
    const nowhere = { 'dev-1': null, 'prod-1': null };
    expect(await planned()).toEqual({ earliest: nowhere, stops: ['dev-1 HELD', 'prod-1 HELD'] });
    for (const { id } of await holds()) await ask(hub, `DELETE /holds/${id}`);
    await ask(hub, 'POST /clusters/prod-1:drain');
    expect(await planned()).toEqual({ earliest: { 'dev-1': now, 'prod-1': null }, stops: ['prod-1 DRAINED'] });
    await ask(hub, 'POST /clusters/prod-1:undrain');
  });

  it('a hold of something else holds nothing', async () => {
    await hold({ source: { kind: 'Secret', namespace: 'shop', name: 'other' } });
    await hold({ namespace: 'bank' });
    await ended(await changed());
  });

  const refused = async (how: Parameters<typeof ask>[2]): Promise<Answer> => ask(hub, 'POST /holds', how);

  it.each([
    [{ reason: 'x' }, '/scope'],
    [{ scope: {}, reason: 'x' }, '/scope'],
    [{ scope: { all: true, policy: 'p' }, reason: 'x' }, '/scope'],
    [{ scope: { clusters: 'a b c' }, reason: 'x' }, '/scope/clusters'],
    [{ scope: { all: true } }, '/reason'],
    [{ scope: { all: true }, reason: '' }, '/reason'],
    [{ scope: { all: true }, reason: 'x', expiresAt: 'tomorrow' }, '/expiresAt'],
    [{ scope: { all: true }, reason: 'x', expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ scope: { all: true }, reason: 'x', owner: 'me' }, '/owner'],
  ])('%j is refused at %s, and nothing is held', async (body, pointer) => {
    const answer = await refused({ body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(await holds()).toEqual([]);
  });

  it('viewers set none, and a token of some clusters holds those only', async () => {
    const viewer = await tokenFor(hub, 'viewer');
    const some = await tokenFor(hub, 'operator', 'env=dev');
    const all = { scope: { all: true }, reason: 'x' };
    expect((await refused({ token: viewer, body: all })).status).toBe(403);
    expect((await refused({ token: some, body: all })).status).toBe(403);
    expect((await refused({ token: some, body: { scope: { clusters: 'env' }, reason: 'x' } })).status).toBe(403);
    expect((await refused({ token: some, body: { scope: { clusters: 'env=dev' }, reason: 'x' } })).status).toBe(201);
    const { id } = await hold({ all: true });
    expect((await ask(hub, `DELETE /holds/${id}`, { token: some })).status).toBe(403);
    expect((await ask(hub, 'DELETE /holds/h-none')).status).toBe(404);
  });
});
