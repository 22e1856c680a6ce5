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
const freeze = (name: string, more: object = {}) => ({
  ...{ name, kind: 'deny', from: utcIn(-DAY), to: utcIn(DAY), timezone: 'UTC' },
  ...more,
});

/** Windows and freezes as people write them and see them act; the agents are played, everything else is real. */
describe('windows through the API', () => {
  let dev: FlowAgent;
  let prod: FlowAgent;
  const fleet = new Fleet();
  const hub = SharedHub.forAllTests({ fleet });
  let letter = 65;

  beforeAll(async () => {
    dev = await joinCluster(hub, fleet, 'dev-1', 'dev');
    prod = await joinCluster(hub, fleet, 'prod-1', 'prod');
  }, 60_000);
  afterEach(async () => {
    await ask(hub, 'DELETE /policies/guard');
    await hub.cancelRollouts();
  });

  /** The policy that starts rollouts: both clusters, at once, unless it says otherwise. */
  const start = (...windows: object[]): Promise<Answer> =>
    hub.putPolicy('default', { rollout: '2', coalesce: { quietPeriod: '100ms' }, windows });
  /** A policy that only guards. */
  const guard = (spec: object): Promise<Answer> => hub.putPolicy('guard', { rollout: 'all', priority: -5, ...spec });

  async function changed(): Promise<string> {
    letter++;
    for (const agent of [dev, prod]) agent.rotate(String.fromCharCode(letter));
    await Promise.all([prod.report(), dev.report()]);
    return waitFor('the rollout', async () => (await hub.openRollouts())[0]?.id);
  }
  const waits = ({ waitingFor }: RolloutView) => waitingFor.filter(({ reason }) => reason === 'Window');
  const restarted = (): readonly string[] => [...dev.restarts, ...prod.restarts];

  it('rollouts 82: a freeze that is written in the middle of a rollout acts at the next dispatch, and one that is taken away no longer', async () => {
    await start();
    await hub.putPolicy('default', { rollout: '@env=dev, rest / 0s', coalesce: { quietPeriod: '100ms' } });
    dev.behaviour = { silent: true };
    const id = await changed();
    await waitFor('the permit for dev-1', () => dev.permits.length > 0);
    const to = utcIn(DAY);
    expect((await guard({ windows: [freeze('sudden', { to })] })).status).toBe(200);
    dev.behaviour = {};
    const permit = dev.permits.at(-1);
    if (permit) await dev.obey(permit);

    const view = await hub.rolloutSeen(id, 'the wait for the window', (now) => waits(now).length > 0);
    expect(view).toMatchObject({ phase: 'Running', policyOutdated: false, counts: { succeeded: 1, pending: 1 } });
    expect(waits(view)).toEqual([
      {
        reason: 'Window',
        until: `${to}.000Z`,
        detail: expect.stringContaining('prod-1'),
        closedBecause: `window sudden of policy guard denies until ${to}.000Z`,
        nextOpen: `${to}.000Z`,
        nextClose: null,
      },
    ]);
    expect(view.waves[1]?.targets[0]).toMatchObject({ phase: 'Blocked', reason: 'Window', until: `${to}.000Z` });
    expect(prod.permits).toEqual([]);
    const query = 'cluster=prod-1&namespace=shop&kind=Deployment&name=web';
    const explained = (await ask(hub, `GET /explain?${query}`)).body as ExplainView;
    expect(explained.checks.at(-1)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('window sudden of policy guard'),
    });
    expect(explained.next).toContain(to);

    expect((await ask(hub, 'DELETE /policies/guard')).status).toBe(204);
    await hub.rolloutSeen(id, 'success', ({ phase }) => phase === 'Succeeded');
    expect(prod.restarts).toHaveLength(1);
  });

  it('starts by itself at the moment at which a freeze ends', async () => {
    const to = utcIn(2000);
    await start(freeze('short', { to }));
    const before = restarted().length;
    const id = await changed();
    await hub.rolloutSeen(id, 'both clusters to wait', (view) => view.counts.pending === 2 && waits(view).length === 1);
    await hub.rolloutSeen(id, 'success', ({ phase }) => phase === 'Succeeded');
    expect(restarted()).toHaveLength(before + 2);
    const late = (await hub.rollout(id)).waves.flatMap(({ targets }) =>
      targets.flatMap(({ restarts }) =>
        restarts.map(({ finishedAt }) => Date.parse(finishedAt ?? '') - Date.parse(`${to}Z`)),
      ),
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(2000);
  });

  it('rollouts 69: deny beats allow, and policies that match elsewhere do not count', async () => {
    await start({ name: 'always', kind: 'allow', from: utcIn(-DAY), to: utcIn(DAY), timezone: 'UTC' }, freeze('lid'));
    const id = await changed();
    const both = await hub.rolloutSeen(id, 'the wait', (view) => waits(view).length > 0);
    expect(waits(both)[0]?.closedBecause).toContain('window lid of policy default denies until');
    await guard({ match: { clusters: 'env=prod' }, windows: [freeze('prod')] });
    await start();
    const view = await hub.rolloutSeen(id, 'dev-1 to be through', ({ counts }) => counts.succeeded === 1);
    expect(waits(view)[0]?.detail).toContain('1 in wave wave-1: prod-1; window prod of policy guard denies');
  });

  it('rollouts 83: windows of a policy that is deleted hold for what it started, and those of others as they are', async () => {
    await hub.putPolicy('mine', {
      rollout: 'all',
      priority: 1,
      coalesce: { quietPeriod: '100ms' },
      windows: [freeze('own')],
    });
    const id = await changed();
    await hub.rolloutSeen(id, 'the wait', (view) => waits(view).length > 0);
    await ask(hub, 'DELETE /policies/mine');
    await guard({ windows: [freeze('other')] });
    const view = await hub.rolloutSeen(
      id,
      'both to be told',
      (now) => waits(now)[0]?.closedBecause?.includes('other') === true,
    );
    expect(waits(view)[0]?.closedBecause).toContain('window own of policy mine');
    expect(view.policyOutdated).toBe(true);
  });

  it('plans when each cluster can start, by its own clock, and says where windows never open', async () => {
    await ask(hub, 'PATCH /clusters/dev-1', { body: { labels: { env: 'dev', timezone: 'Asia/Kolkata' } } });
    const allow = { name: 'day', kind: 'allow', timezone: 'cluster' };
    const [from, to] = [utcIn(10 * DAY), utcIn(11 * DAY)];
    await start({ ...allow, from, to });
    const plan = (await ask(hub, 'POST /plans', { body: { source: SOURCE } })).body as PlanView;
    const earliest = plan.waves.flatMap(({ targets }) => targets.map(({ cluster, earliest: at }) => [cluster, at]));
    const inIndia = new Date(Date.parse(`${from}Z`) - 5.5 * 3_600_000).toISOString();
    expect(earliest).toEqual([
      ['dev-1', inIndia],
      ['prod-1', `${from}.000Z`],
    ]);
    expect(plan.warnings).toContainEqual({
      code: 'NO_TIMEZONE',
      detail: "window day of policy default goes by the cluster's clock, and without the label timezone that is UTC",
      subject: 'prod-1',
    });
    expect(plan.warnings.filter(({ subject }) => subject === 'dev-1').map(({ code }) => code)).not.toContain(
      'NO_TIMEZONE',
    );

    const stored = (await start({ ...allow, from: utcIn(-9 * DAY), to: utcIn(-8 * DAY) })).body as PolicyView;
    expect(stored.warnings.map(({ code }) => code)).toEqual(['NEVER_OPEN']);
    expect((await ask(hub, 'GET /policies/default')).body).toMatchObject({ warnings: [{ code: 'NEVER_OPEN' }] });
    const never = (await ask(hub, 'POST /plans', { body: { source: SOURCE } })).body as PlanView;
    expect(never.waves[0]?.targets.map(({ earliest: at }) => at)).toEqual([null, null]);
    expect(never.estimate?.endsAt).toBeNull();
    const subjects = never.warnings.filter(({ code }) => code === 'NEVER_OPEN').map(({ subject }) => subject);
    expect(subjects).toEqual(['dev-1', 'prod-1']);
  });

  it('refuses windows that make no sense, and stores no version of them', async () => {
    await start();
    const { version } = (await ask(hub, 'GET /policies/default')).body as PolicyView;
    const refused = await start(freeze('a', { timezone: '+02:00' }), freeze('b', { to: 'tomorrow', colour: 'red' }));
    expect(refused.status).toBe(422);
    const { errors } = refused.body as { errors: { pointer: string; detail: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/spec/windows/0/timezone',
      '/spec/windows/1/colour',
      '/spec/windows/1/to',
    ]);
    expect(errors[0]?.detail).toContain('Europe/Berlin');
    expect((await ask(hub, 'GET /policies/default')).body).toMatchObject({ version });
  });

  it('tells by which time zone rules it goes', async () => {
    const response = await fetch(`${hub.opsUrl}/healthz`, { headers: { Accept: 'application/json' } });
    expect(await response.json()).toMatchObject({
      status: 'ok',
      details: { tzdata: { message: process.versions.tz } },
    });
    expect(await (await fetch(`${hub.opsUrl}/healthz`)).text()).toBe('ok\n');
  });
});
