import { waitFor } from '@test/wait';
import { SourceStart } from '../../apps/hub/src/change/by-hand/source-start';
import { HubMetrics } from '../../apps/hub/src/ops/metrics';
import { dueMember } from '../../apps/hub/src/platform/core/due';
import { RolloutService } from '../../apps/hub/src/rollout/rollout.service';
import { Reconciler } from '../../apps/hub/src/wake/reconciler';
import { change, rev, SOURCE } from './flow-agent';
import type { FlowHub } from './flow-hub';
import { FreshHubs } from './fresh-hubs';

jest.setTimeout(30_000);

const PERSON = { actor: 'ann', from: '10.0.0.1', why: 'because' };
const BY_LABEL = { rollout: '@env=dev, @env=staging, rest / 0s' };

describe('from a change to restarts', () => {
  const hubs = FreshHubs.forEachTest();
  let hub: FlowHub;

  beforeEach(async () => {
    hubs.policies.set('default', { rollout: 'all' });
    hub = await hubs.start();
  });

  it('carries one change to every workload, once, and ends Succeeded', async () => {
    const agents = [await hub.join('c1'), await hub.join('c2', {}, ['web', 'api']), await hub.join('c3')];
    await change('B', ...agents);
    await hub.inPhase('Succeeded');
    await hub.settled();
    expect(agents.map((agent) => agent.restarts.length)).toEqual([1, 2, 1]);
    expect(await hub.rollouts()).toHaveLength(1);
  });

  it('counts the permits that it sends, and how long each was on its way', async () => {
    const agents = [await hub.join('c1'), await hub.join('c2')];
    await change('B', ...agents);
    await hub.inPhase('Succeeded');
    const text = await hub.module.get(HubMetrics).registry.metrics();
    expect(text).toContain('fleet_reloader_hub_dispatches_total{result="sent"} 2');
    expect(text).toContain('fleet_reloader_hub_dispatch_seconds_count 2');
  });

  it('counts what agents say of the work that they were given once, however often they say it, and nothing else', async () => {
    const [agent, other] = [await hub.join('c1'), await hub.join('c2')];
    await change('B', agent);
    const [rollout] = await hub.inPhase('Succeeded');
    const workload = { kind: 'Deployment' as const, namespace: 'shop', name: 'web' };
    const made = {
      ...{ rollout: rollout?.id ?? '', permit: 'p', attempt: 1, outcome: 'APPLIED' as const, reason: '', message: '' },
      ...{ fromRevision: null, toRevision: agent.revision, startedAt: null, finishedAt: new Date().toISOString() },
      pods: { desired: 1, updated: 1, ready: 1 },
    };
    await hub.inbound.result(agent.session, { ...made, workload });
    await hub.inbound.result(other.session, { ...made, workload });
    await hub.inbound.result(other.session, { ...made, workload, rollout: 'r-unknown' });
    await hub.inbound.result(agent.session, { ...made, workload: { ...workload, name: 'unknown' } });
    const { registry } = hub.module.get(HubMetrics);
    await waitFor('the count', async () =>
      (await registry.metrics()).includes('restarts_total{outcome="APPLIED"} 1\n'),
    );
  });

  it('counts what clusters did by themselves once, and has it in the audit once', async () => {
    const agent = await hub.join('c1');
    const did = (finishedAt: string): Promise<void> =>
      hub.inbound.result(agent.session, {
        ...{ rollout: 'local', permit: 'local-1', attempt: 1, outcome: 'APPLIED', reason: '', message: '' },
        ...{ workload: { kind: 'Deployment', namespace: 'shop', name: 'web' }, fromRevision: null },
        ...{ toRevision: agent.revision, startedAt: null, finishedAt, authority: 'local' },
        pods: { desired: 1, updated: 1, ready: 1 },
      });
    for (const second of [1, 1, 1, 2, 2]) await did(`2030-01-01T00:00:0${second}.000Z`);
    const { registry } = hub.module.get(HubMetrics);
    expect(await registry.metrics()).toContain('restarts_total{outcome="APPLIED"} 2\n');
    expect(await hub.redis.xlen(hub.keys.audit())).toBe(2);
  });

  it('protocol 15: restarts nothing when agents are installed', async () => {
    const agent = await hub.join('c1');
    await hub.settled();
    expect([agent.permits, await hub.rollouts()]).toEqual([[], []]);
  });

  it('keeps the order of waves', async () => {
    hubs.policies.set('default', { ...BY_LABEL, coalesce: { quietPeriod: '300ms' } });
    const order: string[] = [];
    const agents = [
      await hub.join('p1', { env: 'prod' }),
      await hub.join('s1', { env: 'staging' }),
      await hub.join('d1', { env: 'dev' }),
    ];
    for (const agent of agents) {
      const receive = agent.receive.bind(agent);
      agent.receive = (permit) => {
        order.push(agent.cluster);
        receive(permit);
      };
    }
    await change('B', ...agents);
    await hub.inPhase('Succeeded');
    expect(order).toEqual(['d1', 's1', 'p1']);
  });

  it('gathers what changes close together, up to the longest wait', async () => {
    hubs.policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '400ms', maxWait: '5s' } });
    const agents = [await hub.join('c1'), await hub.join('c2'), await hub.join('c3')];
    for (const agent of agents) await change('B', agent);
    const [rollout] = await hub.inPhase('Succeeded');
    expect(rollout?.targets.clusters().toSorted()).toEqual(['c1', 'c2', 'c3']);
    expect(rollout?.waves.map((wave) => wave.name)).not.toContain('catch-up');
  });

  it('protocol 9: does nothing for a change that is taken back within the window', async () => {
    hubs.policies.set('default', { rollout: 'all', coalesce: { quietPeriod: '400ms' } });
    const agent = await hub.join('c1');
    await change('B', agent);
    await change('A', agent);
    await hub.settled();
    expect([agent.permits, await hub.rollouts()]).toEqual([[], []]);
  });

  it('lets a cluster that is late join the rollout under way', async () => {
    const [first, late] = [await hub.join('c1'), await hub.join('c2')];
    first.behaviour = { silent: true };
    await change('B', first);
    await hub.inPhase('Running');
    await change('B', late);
    await waitFor('the late cluster to take part', async () => (await hub.rollouts())[0]?.targets.has('c2'));
    await first.obey(first.permits[0]!);
    const [rollout] = await hub.inPhase('Succeeded');
    expect([late.restarts, rollout?.targets.clusters().toSorted()]).toEqual([[`web@${rev('B')}`], ['c1', 'c2']]);
  });

  it('goes on at once when the frames that tell of a newer revision come one after the other', async () => {
    const agent = await hub.join('c1', {}, ['web', 'api']);
    agent.behaviour = { silent: true };
    await change('B', agent);
    await hub.inPhase('Running');
    agent.behaviour = {};
    agent.rotate('C');
    await agent.report(['web']);
    // Looked at once more after it began to wait: its next look by itself is 15 s later.
    const waits = async (): Promise<boolean> => {
      const waiting = (await hub.rollouts()).find(({ targets }) => targets.get('c1')?.reason === 'SourceMoved');
      const member = dueMember({ type: 'rollout', id: waiting?.id ?? '' });
      return Number(await hub.redis.zscore(hub.keys.due(), member)) > Date.now() + 5000;
    };
    await waitFor('the wait for the other frame', waits);
    await agent.report(['api']);
    // Far below the 15 seconds after which everything is looked at.
    const isThrough = async (): Promise<boolean> =>
      agent.restarts.length === 2 && (await hub.inPhase('Succeeded')).length === 1;
    await waitFor('the newer rollout', isThrough, { timeoutMs: 3000 });
    expect(agent.restarts.toSorted()).toEqual([`api@${rev('C')}`, `web@${rev('C')}`]);
  });

  it('rollouts 36: supersedes: what has not started never gets the older revision', async () => {
    hubs.policies.set('default', BY_LABEL);
    const dev = await hub.join('d1', { env: 'dev' });
    const prod = await hub.join('p1', { env: 'prod' });
    dev.behaviour = { silent: true };
    hubs.policies.set('default', { ...BY_LABEL, coalesce: { quietPeriod: '300ms' } });
    await change('B', dev, prod);
    await waitFor('the first permit', () => dev.permits.length > 0);
    dev.behaviour = {};
    await change('C', dev, prod);
    await hub.inPhase('Succeeded');
    const [newer, older] = await waitFor('both to end', async () => {
      const both = await hub.rollouts();
      return both.every((rollout) => rollout.finishedAt !== null) && both;
    });
    expect([newer?.phase, older?.phase, older?.supersededBy]).toEqual(['Succeeded', 'Superseded', newer?.id]);
    expect(newer?.waves.map(({ clusters }) => clusters)).toEqual([['d1'], [], ['p1']]); // from the first wave on
    expect([dev.restarts, prod.restarts]).toEqual([[`web@${rev('C')}`], [`web@${rev('C')}`]]);
    expect(dev.cancelled).toContainEqual({ rollout: older?.id, fence: expect.any(Number) as number });
  });

  it('halts on a failure, starts nothing for the same revision again, and goes on when asked', async () => {
    hubs.policies.set('default', BY_LABEL);
    const [dev, prod] = [await hub.join('d1', { env: 'dev' }), await hub.join('p1', { env: 'prod' })];
    dev.behaviour = { outcome: 'ROLLOUT_FAILED', reason: 'CrashLoop' };
    await change('B', dev, prod);
    const [halted] = await hub.inPhase('Halted');
    for (let n = 0; n < 5; n++) await change('B', dev, prod);
    expect([await hub.rollouts(), prod.permits]).toEqual([[expect.objectContaining({ phase: 'Halted' })], []]);
    dev.behaviour = {};
    await hub.module.get(RolloutService).verb(halted!.id, 'retry', PERSON);
    await hub.inPhase('Succeeded');
    expect([dev.restarts.length, prod.restarts.length]).toEqual([1, 1]);
  });

  it('rollouts 33: starts nothing by itself for what a person cancelled, and does so by hand', async () => {
    const agent = await hub.join('c1');
    agent.behaviour = { silent: true };
    await change('B', agent);
    const [running] = await hub.inPhase('Running');
    await hub.module.get(RolloutService).verb(running!.id, 'cancel', PERSON);
    expect(agent.cancelled).toHaveLength(1);
    expect(await hub.inbound.revoked('c1')).toEqual(agent.cancelled);
    const { rollout, attempt, restarts } = agent.permits[0]!;
    await hub.inbound.result(agent.session, {
      ...{ rollout, attempt, permit: restarts[0]!.permit, workload: restarts[0]!.workload, outcome: 'REVOKED' },
      ...{ reason: '', message: '', fromRevision: null, toRevision: restarts[0]!.toRevision, startedAt: null },
      ...{ finishedAt: new Date().toISOString(), pods: { desired: 1, updated: 1, ready: 1 } },
    });
    await hub.inPhase('Cancelled');
    await change('B', agent);
    await hub.settled();
    expect(await hub.rollouts()).toHaveLength(1);
    agent.behaviour = {};
    const request = { source: SOURCE, clusters: null, policy: null, by: PERSON };
    const started = await hub.module.get(SourceStart).start(request);
    await hub.inPhase('Succeeded');
    expect([started.cause.trigger, started.cause.actor, agent.restarts.length]).toEqual(['manual', 'ann', 1]);
  });

  it('waits for a person where the policy says so', async () => {
    hubs.policies.set('default', { rollout: 'all', start: 'manual' });
    const agent = await hub.join('c1');
    await change('B', agent);
    const [draft] = await hub.inPhase('Draft');
    await change('B', agent);
    expect([agent.permits, await hub.rollouts()]).toEqual([[], [expect.objectContaining({ id: draft?.id })]]);
    await hub.module.get(RolloutService).verb(draft!.id, 'start', PERSON);
    await hub.inPhase('Succeeded');
  });

  it('rollouts 4: records a plan that can not be made as a failed rollout, once', async () => {
    hubs.policies.set('default', { waves: [{ name: 'dev', clusters: { selector: 'env=dev' } }], unassigned: 'fail' });
    const agent = await hub.join('p1', { env: 'prod' });
    await change('B', agent);
    const [failed] = await hub.inPhase('Failed');
    expect([failed?.reason, failed?.message]).toEqual(['PlanInvalid', expect.stringContaining('p1') as string]);
    await hub.settled();
    await change('B', agent);
    await hub.settled();
    expect(await hub.rollouts()).toHaveLength(1);
  });

  it.each([
    ['its waves', { waves: [{ name: 'dev', clusters: { selector: 'env=dev' } }], unassigned: 'ignore' }],
    ['its match', { rollout: 'all', match: { clusters: 'env=dev' }, coalesce: { quietPeriod: '200ms' } }],
  ])('rollouts 3: says so once when a policy takes none of the clusters by %s', async (_, spec) => {
    hubs.policies.set('default', spec);
    const agent = await hub.join('p1', { env: 'prod' });
    const other = await hub.join('p2', { env: 'prod' });
    await change('B', agent, ...('match' in spec ? [other] : []));
    const told = async (): Promise<number> => {
      const entries = await hub.redis.xrange(hub.keys.events(), '-', '+');
      return entries.filter(([, fields]) => fields.includes('NoTargets')).length;
    };
    await waitFor('the event', async () => (await told()) > 0);
    await change('B', agent);
    await hub.settled();
    expect(await told()).toBe(1);
    expect(await hub.rollouts()).toEqual([]);
  });

  it('defers a cluster that is off line and restarts it with the newest revision when it is back', async () => {
    hubs.policies.set('default', { rollout: 'all', offline: { grace: '0s', maxDeferred: '100%' } });
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    await change('B', far);
    await hub.inPhase('Succeeded');
    near.behaviour = { silent: true };
    await hub.disconnect(far);
    far.rotate('C');
    near.rotate('C');
    await far.report(); // the last that was heard of it
    await near.report();
    await waitFor('the permit', () => near.permits.length > 0);
    near.behaviour = {};
    await near.obey(near.permits[0]!);
    await hub.inPhase('Degraded');
    far.rotate('D');
    await hub.connect(far);
    await far.report();
    await waitFor('its restart', () => far.restarts.includes(`web@${rev('D')}`));
    expect(far.restarts).not.toContain(`web@${rev('C')}`);
  });

  it('takes back by a pause what an agent was sent and is away with; back, it is told so and starts nothing', async () => {
    const far = await hub.join('c1');
    far.behaviour = { silent: true };
    await change('B', far);
    await waitFor('the permit', () => far.permits.length > 0);
    const [first] = far.permits;
    await hub.disconnect(far);
    const [{ id }] = await hub.inPhase('Running');
    const rollouts = hub.module.get(RolloutService);
    await rollouts.verb(id, 'pause', PERSON);
    // What its welcome has, before anything is sent to it.
    expect(await hub.inbound.revoked('c1')).toEqual([{ rollout: id, fence: first?.fence }]);
    await hub.connect(far);
    const [paused] = await hub.inPhase('Paused');
    expect(paused.targets.get('c1')).toMatchObject({ phase: 'Pending', reason: 'Paused' });
    expect(far.permits).toHaveLength(1);
    far.behaviour = {};
    await rollouts.verb(id, 'resume', PERSON);
    await hub.inPhase('Succeeded');
    expect([far.permits.map(({ attempt }) => attempt), far.restarts]).toEqual([[1, 2], [`web@${rev('B')}`]]);
  });

  it('restarts a deferred cluster that comes back with nothing new to say, and not before', async () => {
    hubs.policies.set('default', {
      rollout: 'all',
      offline: { grace: '0s', maxDeferred: '100%' },
      coalesce: { quietPeriod: '300ms' },
    });
    const [near, far] = [await hub.join('c1'), await hub.join('c2')];
    await hub.disconnect(far);
    await change('B', near, far); // its last words were stored
    await hub.inPhase('Degraded');
    await hub.module.get(Reconciler).run();
    await hub.settled();
    expect([await hub.rollouts(), far.permits]).toEqual([[expect.objectContaining({ phase: 'Degraded' })], []]);
    await hub.connect(far);
    await hub.inPhase('Succeeded');
    expect([near.restarts.length, far.restarts]).toEqual([1, [`web@${rev('B')}`]]);
  });
});
